/**
 * At which addresses of ours an authenticator proves something. One that answers at another than the one that was asked
 * for is no way past it (E21): whoever knows the password alone could choose the address.
 */
import type { AuthenticatorKind, DiscoverAbout } from './authenticator.ts'

export type WhereItAnswers = {
  readonly here: boolean
  /** Other origins of ours; none where it answers here. */
  readonly elsewhere: readonly string[]
}

export const whereItAnswers = <Data>(
  kind: Pick<AuthenticatorKind<Data>, 'usable' | 'blockedAt' | 'answersAt'>,
  data: Data,
  about: DiscoverAbout,
): WhereItAnswers => {
  if (!kind.usable(data)) return { here: false, elsewhere: [] }
  if (answersAt(kind, data, about)) return { here: true, elsewhere: [] }
  const { request, ports } = about
  const others = ports.relyingParty.others?.() ?? []
  const there = others.filter(({ origin, id }) => {
    const relyingParty = { ...ports.relyingParty, id }
    return answersAt(kind, data, { request: { ...request, origin }, ports: { ...ports, relyingParty } })
  })
  return { here: false, elsewhere: there.map(({ origin }) => origin) }
}

const answersAt = <Data>(
  kind: Pick<AuthenticatorKind<Data>, 'blockedAt' | 'answersAt'>,
  data: Data,
  about: DiscoverAbout,
): boolean => (kind.blockedAt?.(about.request.origin) ?? null) === null && (kind.answersAt?.(data, about) ?? true)
