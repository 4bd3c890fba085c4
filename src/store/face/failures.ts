/** What a caller of the store may meet besides an answer. None carries SQL or a value. */

/** Thrown by a write that would break uniqueness; `on` names what. Carries no SQL and no value. */
export class Conflict extends Error {
  readonly on: string
  constructor(on: string) {
    super(`conflict on ${on}`)
    this.on = on
  }
}

/** Thrown by a list for a query that no row can answer: the caller's mistake, so a 400 at the border (M11, M12). */
export class BadQuery extends Error {
  readonly on: 'cursor' | 'limit' | 'sort' | 'search'
  constructor(on: BadQuery['on']) {
    super(`the ${on} of this list query is not valid`)
    this.on = on
  }
}

/** Thrown before the engine sees it, for text that not every engine can hold: NUL, or half a surrogate pair (M13). */
export class UnstorableText extends Error {
  constructor() {
    super('text must not hold NUL characters or broken surrogate pairs')
  }
}
