/** The address of a database for another role, whose password is `secret`. */
export function urlAs(target: string, role: string): string {
  const url = new URL(target);
  [url.username, url.password] = [role, "secret"];
  return url.href;
}
