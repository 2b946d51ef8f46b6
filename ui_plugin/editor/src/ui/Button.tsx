import type { LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes, Ref } from "react";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: "primary" | "danger" | "quiet" | "plain";
  readonly icon?: LucideIcon;
  readonly small?: boolean;
  readonly ref?: Ref<HTMLButtonElement>;
}

export function Button({
  look = "plain",
  icon: Icon,
  small,
  children,
  className,
  ...rest
}: ButtonProps) {
  const names = ["button", look, small ? "small" : "", className ?? ""].filter(Boolean).join(" ");
  return (
    <button type="button" className={names} {...rest}>
      {Icon && <Icon size={small ? 13 : 15} aria-hidden="true" />}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonProps, "children" | "icon"> {
  readonly icon: LucideIcon;
  /** The accessible name; shown as tooltip, with the keys after it. */
  readonly label: string;
  readonly keys?: string;
}

export function IconButton({
  icon: Icon,
  label,
  keys,
  small,
  className,
  look = "quiet",
  ...rest
}: IconButtonProps) {
  const names = ["button icon", look, small ? "small" : "", className ?? ""]
    .filter(Boolean)
    .join(" ");
  return (
    <button
      type="button"
      className={names}
      aria-label={label}
      title={keys ? `${label} (${keys})` : label}
      {...rest}
    >
      <Icon size={small ? 14 : 16} aria-hidden="true" />
    </button>
  );
}
