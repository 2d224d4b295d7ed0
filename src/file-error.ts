import { LtdError } from "./errors.ts";

const REASONS: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ENOSPC: ["the disk is full", "free disk space, then run the command again"],
  EDQUOT: ["the disk quota is used up", "free disk space, then run the command again"],
  EFBIG: ["the file would be larger than is allowed", "raise the limit (ulimit -f), or write less"],
  EISDIR: ["it is a folder", "name a file"],
  ENOENT: ["a folder of its path does not exist", "name a file in a folder that exists"],
  ENOTDIR: ["a part of its path is a file, not a folder", "name a file in a folder that exists"],
  EACCES: ["permission denied", "name a file that this user may write"],
  EPERM: ["permission denied", "name a file that this user may write"],
  EROFS: ["the file system is read-only", "name a file on another one"],
  EMFILE: ["too many files are open", "raise the limit (ulimit -n)"],
};

/**
 * Turns an error of the file system into an {@link LtdError} "input"; any other stays as it is. It says `what`
 * happened, why and what to do.
 */
export function fileError(error: unknown, what: string): unknown {
  if (error instanceof LtdError || !(error instanceof Error) || !("syscall" in error)) return error;
  const [why, hint] = REASONS[(error as NodeJS.ErrnoException).code ?? ""] ?? [error.message];
  return new LtdError("input", `${what}: ${why}`, { cause: error, ...(hint !== undefined && { hint }) });
}
