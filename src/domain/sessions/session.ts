/** A session remembers what was proven and when; its cookie is stored as a keyed hash only. */
import type { SessionId, UserId } from '../../base/ids.ts'

/** One thing a person proved: `method` is an `amr` value (RFC 8176), `at` epoch milliseconds. */
export type Proof = { readonly method: string; readonly at: number }

export type Session = {
  readonly id: SessionId
  readonly userId: UserId
  /** The user's generation when the session began; an older one is void. */
  readonly generation: number
  readonly createdAt: number
  readonly lastSeenAt: number
  /** When the person last proved who they are (OIDC `auth_time`). */
  readonly authTime: number
  readonly proofs: readonly Proof[]
  /** Without use, it ends here; use moves it on. */
  readonly idleEndsAt: number
  /** It ends here whatever happens. */
  readonly endsAt: number
  /** "Stay signed in": the cookie outlives the browser. */
  readonly persistent: boolean
  readonly ip: string
  readonly userAgent: string
  /** When this browser first signed the person in, before this session; left out where it had not. */
  readonly deviceSince?: number
  readonly organisation: string
}

/** How long sessions last, in milliseconds. */
export type SessionLifetimes = {
  readonly idle: number
  readonly absolute: number
  readonly persistentIdle: number
  readonly persistentAbsolute: number
}

export const isLive = (session: Session, user: { active: boolean; generation: number }, now: number): boolean =>
  user.active && session.generation === user.generation && now < session.idleEndsAt && now < session.endsAt

// What each method shows: something known, something held, something one is (RFC 8176; NIST SP 800-63B §4). `user` is
// told only where an authenticator verified its person, by PIN, finger or face: beside the key it is the second factor.
const FACTORS: Readonly<Record<string, string>> = {
  pwd: 'known',
  pin: 'known',
  kba: 'known',
  otp: 'held',
  sms: 'held',
  tel: 'held',
  hwk: 'held',
  swk: 'held',
  sc: 'held',
  pop: 'held',
  device: 'held',
  face: 'is',
  fpt: 'is',
  iris: 'is',
  retina: 'is',
  vbm: 'is',
  user: 'verified',
}

/** A browser that a second factor was proven in and that was trusted then: it stands for that factor, and shows none. */
export const TRUSTED_DEVICE = 'device'

/** Without what merely stands for a proof. */
export const ownProofs = (proofs: readonly Proof[]): Proof[] => proofs.filter(({ method }) => method !== TRUSTED_DEVICE)

/** The methods proven, for `amr`: each once, `mfa` added where two different kinds of factor stand. */
export const amrOf = (proofs: readonly Proof[]): string[] => {
  const methods = [...new Set(proofs.map((proof) => proof.method))]
  // Own members only: a method called `constructor` is no second factor.
  const factors = new Set(methods.flatMap((method) => (Object.hasOwn(FACTORS, method) ? FACTORS[method] : [])))
  return factors.size > 1 && !methods.includes('mfa') ? [...methods, 'mfa'] : methods
}
