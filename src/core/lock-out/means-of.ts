/** What somebody could sign in with, as a transaction sees it. */
import type { UserId } from '../../base/ids.ts'
import { passwordDue } from '../../domain/credentials/password-due.ts'
import type { RequestFacts } from '../../domain/decisions/decision.ts'
import type { Person } from '../../domain/people/person.ts'
import type { AuthenticatorKind, AuthenticatorPorts } from '../../kinds/contract/authenticator.ts'
import type { Means } from '../../kinds/contract/foresee.ts'
import { whereItAnswers } from '../../kinds/contract/where-it-answers.ts'
import type { Store, Tx } from '../../store/store.ts'

export type AtAddress = { readonly request: RequestFacts; readonly ports: AuthenticatorPorts }

export const meansOf = async (
  store: Pick<Store, 'users' | 'credentials'>,
  kinds: readonly AuthenticatorKind[],
  tx: Tx,
  person: Pick<Person, 'user' | 'emails'>,
  { maxAge, now }: { readonly maxAge: number | null; readonly now: number },
): Promise<(at: AtAddress) => Means> => {
  const { id } = person.user
  const credentials = await store.credentials.of(tx, id)
  const names = await namesOf(store, tx, person)
  return (at) => ({
    names,
    password: credentials.some(({ kind }) => kind === 'password'),
    passwordDue: passwordDue(person.user, maxAge, now),
    authenticators: credentials.flatMap(({ kind: name, data }) => {
      const kind = kinds.find((one) => one.id === name)
      if (!kind) return []
      const { here, elsewhere } = whereItAnswers(kind, data, at)
      return [
        {
          kind: name,
          amr: kind.amrOf?.(data) ?? kind.amr,
          usable: here,
          elsewhere: elsewhere.length > 0,
          standsAlone: kind.standsAlone?.(data) ?? false,
        },
      ]
    }),
  })
}

/** An address that is also somebody else's, or their user name, finds somebody else or nobody. */
const namesOf = async (
  store: Pick<Store, 'users'>,
  tx: Tx,
  { user, emails }: Pick<Person, 'user' | 'emails'>,
): Promise<readonly string[]> => {
  const names: string[] = []
  for (const name of [user.username, ...emails.map(({ address }) => address)]) {
    if (isThem(await store.users.byLogin(tx, name), user.id)) names.push(name)
  }
  return names
}

const isThem = (found: { readonly id: UserId } | undefined, id: UserId): boolean => found?.id === id
