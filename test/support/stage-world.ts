/** For tests of stage kinds: people in memory, passwords that are a table, real expressions, and a page's view. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { html } from '../../src/base/html.ts'
import type { AttemptId, CredentialId, EmailId, UserId } from '../../src/base/ids.ts'
import type { Json, JsonObject } from '../../src/base/json.ts'
import { systemRandom } from '../../src/base/random.ts'
import { parse, type Static, type TSchema } from '../../src/base/schema.ts'
import { reveal, type Sealed, secret } from '../../src/base/secret.ts'
import type { Translate } from '../../src/base/texts.ts'
import type { RequestFacts } from '../../src/domain/decisions/decision.ts'
import type { Invitation } from '../../src/domain/invitations/invitation.ts'
import type { Person } from '../../src/domain/people/person.ts'
import type { Proof } from '../../src/domain/sessions/session.ts'
import { emailKey, type User, usernameKey } from '../../src/domain/users/user.ts'
import { createEvaluate } from '../../src/flow/evaluate-for-stage.ts'
import { readFacts } from '../../src/flow/facts.ts'
import type { AuthenticatorVault, Held } from '../../src/kinds/contract/authenticator.ts'
import type { Fact, FactWrite } from '../../src/kinds/contract/fact.ts'
import type {
  Destination,
  Effect,
  FieldError,
  FlowPurpose,
  LiveLink,
  Place,
  Rehash,
  StageAsk,
  StageContext,
  StageEnd,
  StageKind,
  StageView,
} from '../../src/kinds/contract/stage.ts'
import { translator } from '../../src/pages/texts.ts'
import { NOW, toyPerson, toySession } from './toy-house.ts'

export { NOW }

/** An id as long as every id is. */
export const somebody = (username: string, user: Partial<User> = {}, email?: string): Person => {
  const made = toyPerson(username)
  const id = `00000000-0000-7000-8000-${Buffer.from(username).toString('hex').padStart(12, '0').slice(-12)}` as UserId
  const emails = email
    ? [
        {
          id: `mail-${username}` as EmailId,
          userId: id,
          address: email,
          primary: true,
          verifiedAt: null,
          verifiedBy: null,
        },
      ]
    : []
  return { ...made, user: { ...made.user, id, ...user }, emails }
}

export type World = {
  people: Person[]
  /** User name to password. */
  passwords: Record<string, string>
  rehash: Rehash | null
  busy: boolean
  /** Milliseconds that every try at something secret has to wait. */
  wait: number
  /** User name to what they have as second factors. */
  readonly authenticators: Record<string, readonly (Held & { readonly kind: string })[]>
  /** What those of them are found by that can be found, by their ids. */
  readonly lookups: Map<string, string>
  /** Offers that somebody said no to, and until when. */
  readonly declined: Map<string, number | null>
  /** What was tried: what and whose, with a plus where it was forgiven. */
  readonly tried: string[]
  /** Links that were made, by their keyed hash; what one says where it counts. */
  readonly links: Map<string, { readonly link: string; readonly code: string; live: LiveLink | null }>
  /** Whether mails can be sent. */
  mail: boolean
  /** Flows that are switched on, by what they are for. */
  readonly ways: Map<string, string>
  /** What this browser is trusted for, by person. */
  readonly trusted: { readonly user: string; readonly id: CredentialId; readonly data: JsonObject }[]
  /** User names of those whose second factors are all read in a mailbox. */
  readonly byMailOnly: Set<string>
  /** Invitations that count. */
  readonly invitations: Invitation[]
  /** The newest version that somebody agreed to, by their id and the terms. */
  readonly agreed: Map<string, number>
  /** What was verified: whose, or null for nobody. */
  readonly verified: (string | null)[]
}

export const stageWorld = (people: Person[] = [], passwords: Record<string, string> = {}): World => ({
  people,
  passwords,
  rehash: null,
  busy: false,
  wait: 0,
  authenticators: {},
  lookups: new Map(),
  declined: new Map(),
  tried: [],
  links: new Map(),
  mail: true,
  ways: new Map(),
  trusted: [],
  byMailOnly: new Set(),
  invitations: [],
  agreed: new Map(),
  verified: [],
})

export const PLACE: Place = { flow: 'recover', revision: 1, node: 'email', attempt: 'attempt-1' as AttemptId }

export type Given = {
  readonly facts?: JsonObject
  readonly person?: Person | null
  readonly signedIn?: Person | null
  /** Of the session of who is signed in. */
  readonly proofs?: readonly Proof[]
  readonly persistent?: boolean
  readonly destination?: Destination | null
  readonly purpose?: FlowPurpose
  readonly request?: Partial<RequestFacts>
}

/** Settings go through the kind's schema, as they do in a flow. */
export const stageContext = <Schema extends TSchema>(
  kind: { readonly config: Schema },
  world: World,
  given: Given = {},
  settings: JsonObject = {},
): StageContext<Static<Schema>> => {
  const config = parse(kind.config, settings)
  assert.ok(config.ok, JSON.stringify(config))
  const signedIn = given.signedIn
    ? {
        person: given.signedIn,
        session: { ...toySession(given.signedIn.user.id, given.proofs), persistent: given.persistent ?? false },
      }
    : null
  const request: RequestFacts = {
    ip: '10.0.0.1',
    userAgent: 'test',
    origin: 'https://id.example.com',
    at: NOW,
    id: 'r',
    ...given.request,
  }
  const facts = given.facts ?? {}
  const person = given.person ?? null
  return {
    config: config.value,
    facts: readFacts(facts),
    request,
    person,
    signedIn,
    destination: given.destination ?? null,
    purpose: given.purpose ?? 'sign_in',
    place: PLACE,
    ports: {
      random: systemRandom,
      guesses: {
        take: async (what, account) => {
          world.tried.push(`${what} ${account}`)
          return world.wait > 0 ? { wait: world.wait } : { ticket: [] }
        },
        forgive: async () => {
          world.tried.push('+')
        },
      },
      mail: {
        ready: () => world.mail,
        newLink: () => {
          const number = world.links.size + 1
          const made = { link: `link-${number}`, code: `1000000${number}`, live: null }
          world.links.set(`hash-of-link-${number}`, made)
          const hashes = { linkHash: `hash-of-link-${number}`, codeHash: `hash-of-code-${number}` }
          return { link: secret(made.link), code: secret(made.code), ...hashes }
        },
        byLink: async (link) => [...world.links.values()].find((one) => one.link === link)?.live ?? null,
        byCode: async (linkHash, code) => {
          const found = world.links.get(linkHash)
          return found?.code === code ? found.live : null
        },
      },
      trustedDevice: async (user) => world.trusted.find((one) => one.user === user) ?? null,
      terms: { newest: async (id, terms) => world.agreed.get(`${id} ${terms}`) ?? null },
      invitations: {
        live: async (id, flow) => world.invitations.find((one) => one.id === id && one.flow === flow) ?? null,
      },
      flows: {
        usable: (slug) => world.mail || slug !== 'recover',
        way: (way) => world.ways.get(way) ?? null,
      },
      people: {
        byLogin: async (login) =>
          world.people.find(
            ({ user, emails }) =>
              usernameKey(user.username) === usernameKey(login) ||
              emails.some((email) => emailKey(email.address) === emailKey(login)),
          ) ?? null,
        byId: async (id) => world.people.find(({ user }) => user.id === id) ?? null,
        usernameTaken: async (username) =>
          world.people.some(({ user }) => usernameKey(user.username) === usernameKey(username)),
        mayLeave: async (id) => world.people.find(({ user }) => user.id === id)?.user.managedBy === null,
        emailTaken: async (address) =>
          world.people.some(({ emails }) => emails.some((email) => emailKey(email.address) === emailKey(address))),
        groupId: async () => null,
      },
      passwords: {
        verify: async (whom, password) => {
          if (world.busy) return { verdict: 'busy' }
          world.verified.push(whom?.user.username ?? null)
          const right = whom?.user.active && world.passwords[whom.user.username] === reveal(password, 'test')
          return right ? { verdict: 'right', rehash: world.rehash } : { verdict: 'wrong' }
        },
        hash: async (password) => (world.busy ? 'busy' : `hash(${reveal(password, 'test').length})`),
        due: (whom) => whom.user.mustChangePassword !== undefined,
        weaknesses: async (password) =>
          reveal(password, 'test').length < 10
            ? [{ field: 'password', text: 'password.too_short', values: { count: '10' } }]
            : [],
      },
      authenticators: {
        of: async (id) => {
          const whose = [...world.people, person].find((one) => one?.user.id === id)
          return world.authenticators[whose?.user.username ?? ''] ?? []
        },
        byLookup: async (kind, lookup) => {
          for (const [username, held] of Object.entries(world.authenticators)) {
            const found = held.find((one) => one.kind === kind && world.lookups.get(one.id) === lookup)
            const user = world.people.find((one) => one.user.username === username)?.user.id
            if (found && user) return { ...found, user }
          }
          return null
        },
        onlyByMail: async (id) =>
          [...world.people, person].some((one) => one?.user.id === id && world.byMailOnly.has(one.user.username)),
        declined: async (id, offer, at) => {
          const until = world.declined.get(`${id} ${offer}`)
          return until !== undefined && (until === null || at < until)
        },
        vault: testVault,
        relyingParty: { id: new URL(request.origin).hostname, name: 'Example' },
      },
      sealing: {
        seal: (value) => `sealed.${Buffer.from(JSON.stringify(value)).toString('base64url')}`,
        open: (sealed) =>
          sealed.startsWith('sealed.') ? JSON.parse(Buffer.from(sealed.slice(7), 'base64url').toString()) : null,
      },
      evaluate: createEvaluate({
        facts,
        person: person ?? given.signedIn ?? null,
        session: signedIn?.session ?? null,
        destination: given.destination ?? null,
        request,
      }),
    },
  }
}

/** Seals by writing down where: what is opened elsewhere throws, as it does in the house. */
export const testVault: AuthenticatorVault = {
  seal: (plain, credential, member) =>
    `${credential}/${member}/${Buffer.from(reveal(plain, 'test')).toString('base64url')}` as Sealed,
  open: (sealed, credential, member) => {
    const place = `${credential}/${member}/`
    assert.ok(sealed.startsWith(place), `${sealed} opened at ${place}`)
    return secret(Buffer.from(sealed.slice(place.length), 'base64url').toString())
  },
  hash: (text, credential) =>
    createHmac('sha256', 'a key of this test').update(`${credential} ${text}`).digest('base64url'),
}

type Result = StageAsk | StageEnd

export const ended = (result: Result): string | null => ('end' in result ? result.end : null)
export const effectsOf = (result: Result): readonly Effect[] => result.effects ?? []
export const errorsOf = (result: Result): readonly FieldError[] => ('ask' in result ? (result.errors ?? []) : [])
export const askOf = (result: Result): JsonObject => ('ask' in result ? result.ask : assert.fail('it asks nothing'))

/** What a stage came to know under a key; undefined where it wrote nothing. */
export const learnt = <T>(result: Result, key: Fact<T>): T | undefined => {
  const write: FactWrite | undefined = result.know?.find((one) => one.name === key.name)
  return write?.value as T | undefined
}

/** Facts with what a stage came to know. */
export const after = (facts: JsonObject, result: Result): JsonObject =>
  Object.fromEntries<Json | undefined>([
    ...Object.entries(facts),
    ...(result.know ?? []).map(({ name, value }) => [name, value] as const),
  ]) as JsonObject

export const GRAFANA: Destination = { application: 'grafana', applicationName: 'Grafana', formAction: [] }

export const stageView = (given: Partial<StageView> = {}, t: Translate = translator('en')): StageView => ({
  t,
  errors: [],
  values: {},
  destination: null,
  personName: null,
  hidden: html`<input type="hidden" name="attempt" value="a"><input type="hidden" name="step" value="0">`,
  action: '/if/flow/sign-in/',
  restart: '/if/flow/sign-in/?next=%2F',
  ...given,
})

/** The page of a stage as markup. */
export const pageOf = (kind: Pick<StageKind, 'page'>, ask: JsonObject, view: StageView = stageView()): string => {
  const page = kind.page?.(ask, view) ?? assert.fail('it has no page')
  // Titles are text until the frame puts them in.
  return `${html`<h1>${page.title}</h1>`.markup}\n${page.lead?.markup ?? ''}\n${page.body.markup}`
}
