/** The steps of the schema, oldest first. Forward only: a step that was released is never edited. */
import { people } from './0001-people.ts'
import { configuration } from './0002-configuration.ts'
import { signIn } from './0003-sign-in.ts'
import { activity } from './0004-activity.ts'
import { seal } from './0005-seal.ts'
import { guesses } from './0006-guesses.ts'
import { mailLinks } from './0007-mail-links.ts'
import { passkeys } from './0008-passkeys.ts'
import { drafts } from './0009-drafts.ts'
import { knownDevices } from './0010-known-devices.ts'
import { heldPeople } from './0011-held-people.ts'
import { passwordCare } from './0012-password-care.ts'
import type { Migration } from './migration.ts'

export const migrations: readonly Migration[] = [
  people,
  configuration,
  signIn,
  activity,
  seal,
  guesses,
  mailLinks,
  passkeys,
  drafts,
  knownDevices,
  heldPeople,
  passwordCare,
]
