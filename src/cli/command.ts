/** What a command of `gatehouse` is. It says what it did on `out`, and what went wrong by its exit code. */
export type Output = { line(text: string): void; error(text: string): void }

export type Command = {
  readonly name: string
  /** What follows the name: `<user> <application>`. */
  readonly usage: string
  readonly summary: string
  /** Answers the exit code: 0 done, 1 refused or failed, 2 used wrongly. */
  run(args: readonly string[], out: Output): Promise<number>
}
