"""Networks and runs as RDF: ML-Schema and PROV-O."""
