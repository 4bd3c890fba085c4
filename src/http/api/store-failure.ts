/**
 * What the store throws where the caller is to blame, as failures. Told by their shape: this room knows the store by type
 * only. Anything else is a bug and stays thrown.
 */
import { type ApiFailure, refuse } from './problem.ts'

const CONFLICTS: Readonly<Record<string, { readonly path: string; readonly message: string }>> = {
  'users.username': { path: 'username', message: 'The user name is taken.' },
  'users.id': { path: 'id', message: 'The id is taken, or nobody has it any more.' },
  'users.number': { path: 'number', message: 'The number is taken.' },
  'emails.address': { path: 'emails', message: 'Another person is known by this address.' },
  'subjects.value': { path: 'subjects', message: 'Another person is known by this subject.' },
  'groups.slug': { path: 'slug', message: 'The slug is taken.' },
}

export const storeFailure = (error: unknown): ApiFailure | null => {
  if (!(error instanceof Error)) return null
  const on = 'on' in error && typeof error.on === 'string' ? error.on : null
  if (on !== null && error.message === `conflict on ${on}`) return conflict(on)
  if (on !== null && error.message === `the ${on} of this list query is not valid`) {
    return refuse('bad_query', 'The list cannot be given like this.', [{ path: on, message: 'is not valid' }]).error
  }
  // Broken text is refused at the border already; this is the second look, before a driver's (M13).
  if (error.message === 'text must not hold NUL characters or broken surrogate pairs') {
    return refuse('malformed', 'A text holds characters that cannot be kept.').error
  }
  return null
}

const conflict = (on: string): ApiFailure => {
  const known = CONFLICTS[on]
  return known
    ? refuse('conflict', known.message, [{ path: known.path, message: known.message }]).error
    : refuse('conflict', 'It was changed by somebody else meanwhile.').error
}
