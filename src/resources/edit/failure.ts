/** Why an edit was not made: a closed union of codes, each with one meaning. `http/` turns them into statuses. */
import { err, type Fail, type Failure } from '../../base/result.ts'
import type { Issue } from '../../base/schema.ts'

export type ResourceFailureCode =
  /** Nothing stands there, or there is no such type. */
  | 'not_found'
  /** It moved on since it was read, or another holds a key that must be unique. */
  | 'conflict'
  /** The spec breaks its schema, names what does not stand, or does not compile. */
  | 'invalid'
  /** Others name what would be taken away. */
  | 'in_use'
  /** A configuration file manages it. */
  | 'managed_by_file'
  /** The slug collides with an address, or this one always stands. */
  | 'reserved'
  /** The edit would leave nobody who can administer. */
  | 'locked_out'
  /** A configuration file would take away more than an apply does unasked. */
  | 'needs_yes'
  /** Policy tests that stand beside it do not come out as they say. */
  | 'tests_failed'

export type ResourceFailure = Failure<ResourceFailureCode> & { readonly issues: readonly Issue[] }

export const refuse = (
  code: ResourceFailureCode,
  message: string,
  issues: readonly Issue[] = [],
): Fail<ResourceFailure> => err({ code, message, issues })
