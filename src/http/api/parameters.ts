/** Parameters that many routes share. */
import { Closed, Line, type Static, Type } from '../../base/schema.ts'
import type { ListQuery } from '../../store/store.ts'
import type { Caller } from './caller.ts'

const LIMIT = 50

/** Of a list. More than 200 at once are never given, whatever is asked (M11). */
export const listParameters = {
  search: Type.Optional(Type.String({ maxLength: 200, description: 'Text that it must hold.' })),
  limit: Type.Integer({ minimum: 1, default: LIMIT, description: 'How many at most; 200 is the most there is.' }),
  cursor: Type.Optional(Type.String({ maxLength: 2048, description: '`next` of the page before.' })),
  sort: Type.Optional(Type.String({ maxLength: 40, description: 'A column; `-` before it for descending.' })),
}
export const ListParameters = Closed(listParameters)
export type ListParameters = Static<typeof ListParameters>

/** What the store is asked; a caller sees their own organisation only (I16). */
export const listQuery = (given: ListParameters, caller: Caller): ListQuery => ({
  organisation: caller.person.user.organisation,
  limit: Math.min(given.limit, MOST),
  ...(given.search === undefined || given.search === '' ? {} : { search: given.search }),
  ...(given.cursor === undefined ? {} : { cursor: given.cursor }),
  ...(given.sort === undefined ? {} : { sort: given.sort }),
})
const MOST = 200

/** Of a change. */
const changeParameters = {
  dry_run: Type.Boolean({ default: false, description: 'Tells what would change, and changes nothing.' }),
  why: Type.Optional(Line({ minLength: 1, description: 'Kept with the change.' })),
}
export const ChangeParameters = Closed(changeParameters)
export type ChangeParameters = Static<typeof ChangeParameters>

/** Of a change that cannot be tried. */
export const WhyParameter = Closed({ why: changeParameters.why })
export type WhyParameter = Static<typeof WhyParameter>
