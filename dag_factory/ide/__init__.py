"""What editors ask of an analysis. Plain answers in the compiler's own spans; no protocol."""
