/** All tables, as the queries see them. */
import type { ActivityTables } from './activity.ts'
import type { ConfigurationTables } from './configuration.ts'
import type { PeopleTables } from './people.ts'
import type { SignInTables } from './sign-in.ts'

export type Tables = PeopleTables & ConfigurationTables & SignInTables & ActivityTables
