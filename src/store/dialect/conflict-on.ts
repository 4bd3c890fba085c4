/** How a broken uniqueness is named to the caller: the table, and the column without what makes it a lookup key. */
export const conflictOn = (table: string, column: string): string => `${table}.${column.replace(/_(?:key|hash)$/, '')}`
