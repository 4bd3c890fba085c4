/**
 * A policy test out of YAML, as a sentence (`ana cannot open grafana at 2026-01-01T03:00 from office`) or as a map of the
 * same. What cannot be read is told with its place: a test that tests something else than it says is worse than none.
 */
import type { Json } from '../base/json.ts'
import { err, ok, type Result } from '../base/result.ts'
import { Closed, type Issue, Line, parse, Type } from '../base/schema.ts'
import { EXPECTED, type Expected, type PolicyTest } from '../domain/policies/policy-test.ts'

export const readPolicyTest = (given: Json): Result<PolicyTest, Issue[]> => {
  if (typeof given === 'string') return atPath('', readSentence(given))
  const said = parse(Said, given)
  if (said.ok) return withReason(atPath('expect', readSentence(said.value.expect)), said.value.because)
  return readMap(given)
}

const Because = Type.Optional(Line({ description: 'A policy or rule that must be among those in the way.' }))
const Said = Closed({ expect: Type.String({ pattern: ' ', maxLength: 1000 }), because: Because })

const Spelt = Closed({
  person: Line({ minLength: 1, description: 'User name.' }),
  application: Type.String({ format: 'slug' }),
  expect: Type.Enum([...EXPECTED]),
  network: Type.Optional(Line({ minLength: 1, description: 'An address, or a policy that is about addresses.' })),
  time: Type.Optional(
    Type.String({ maxLength: 40, description: 'Such as 2026-01-01T03:00; UTC unless it says otherwise.' }),
  ),
  mfa: Type.Optional(Type.Boolean({ description: 'Whether two factors were proven.' })),
  device: Type.Optional(Type.Enum(['new', 'known'])),
  because: Because,
})

const readMap = (given: Json): Result<PolicyTest, Issue[]> => {
  const read = parse(Spelt, given)
  if (!read.ok) return err(read.error)
  const { person, application, expect, network = null, time, mfa, device = 'new', because } = read.value
  const at = time === undefined ? null : readTime(time)
  if (time !== undefined && at === null) return err([{ path: 'time', message: NO_TIME }])
  const test = {
    person,
    application,
    expect,
    from: network,
    at,
    methods: mfa === undefined ? null : mfa ? WITH_MFA : ['pwd'],
    device,
    because: null,
  }
  return withReason(atPath('', judged({ ...test, text: spell(test) })), because)
}

const withReason = (read: Result<PolicyTest, Issue[]>, because: string | undefined): Result<PolicyTest, Issue[]> => {
  if (!read.ok || because === undefined) return read
  if (read.value.expect === 'can') return err([{ path: 'because', message: 'nothing stands in the way of who can' }])
  return ok({ ...read.value, because })
}

const atPath = (path: string, read: Result<PolicyTest, string>): Result<PolicyTest, Issue[]> =>
  read.ok ? read : err([{ path, message: read.error }])

const VERBS: Readonly<Record<string, Expected>> = {
  'can open': 'can',
  'cannot open': 'cannot',
  'needs mfa to open': 'needs_mfa',
}
const SENTENCE = /^(\S+) (can open|cannot open|needs mfa to open) (\S+)((?: .*)?)$/
const PART = /^ (?:(from|at|with) (\S+)|on a (known|new) device)(?= |$)/
const FORMS =
  'is no test; write "<person> can open <application>", "cannot open" or "needs mfa to open", and then as needed ' +
  '"from <address or policy>", "at <time>", "with <method>", "on a known device"'

const readSentence = (text: string): Result<PolicyTest, string> => {
  const said = text.trim().replace(/\s+/g, ' ')
  const [, person = '', verb = '', application = '', parts = ''] = SENTENCE.exec(said) ?? []
  const expect = VERBS[verb]
  if (expect === undefined) return err(FORMS)
  const read = readParts(parts)
  if (!read.ok) return read
  const { from = null, at, with: methods, device = 'new' } = read.value
  const time = at === undefined ? null : readTime(at)
  if (at !== undefined && time === null) return err(`at ${at}: ${NO_TIME}`)
  return judged({
    text: said,
    person,
    application,
    expect,
    from,
    at: time,
    methods: methods === undefined ? null : methodsIn(methods),
    device: device === 'known' ? 'known' : 'new',
    because: null,
  })
}

type Parts = { readonly from?: string; readonly at?: string; readonly with?: string; readonly device?: string }

const readParts = (text: string): Result<Parts, string> => {
  const parts: Record<string, string> = {}
  let rest = text
  while (rest !== '') {
    const [whole, word = 'device', value, device] = PART.exec(rest) ?? []
    const found = value ?? device
    if (whole === undefined || found === undefined) return err(FORMS)
    if (Object.hasOwn(parts, word)) return err(`says "${word}" twice`)
    parts[word] = found
    rest = rest.slice(whole.length)
  }
  return ok(parts)
}

const WITH_MFA = ['pwd', 'otp']
const methodsIn = (text: string): string[] => text.split('+').flatMap((one) => (one === 'mfa' ? WITH_MFA : [one]))

const judged = (test: PolicyTest): Result<PolicyTest, string> =>
  test.expect === 'needs_mfa' && test.methods !== null && test.methods.length > 1
    ? err('says what is proven already, and what is needed still')
    : ok(test)

const NO_TIME = 'is no time; write it as 2026-01-01T03:00, with Z or +01:00 where it is not UTC'

const readTime = (text: string): number | null => {
  const [, minute = '', zone = 'Z'] = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(?::00)?(Z|[+-]\d{2}:\d{2})?$/.exec(text) ?? []
  const at = Date.parse(`${minute}${zone}`)
  // The 30th of February is read as a day in March.
  const shown = Date.parse(`${minute}Z`)
  return Number.isNaN(at) || !new Date(shown).toISOString().startsWith(minute) ? null : at
}

const SPELT: Readonly<Record<Expected, string>> = {
  can: 'can open',
  cannot: 'cannot open',
  needs_mfa: 'needs mfa to open',
}

const spell = ({ person, expect, application, from, at, methods, device }: Omit<PolicyTest, 'text'>): string =>
  [
    `${person} ${SPELT[expect]} ${application}`,
    ...(from === null ? [] : [`from ${from}`]),
    ...(at === null ? [] : [`at ${new Date(at).toISOString().slice(0, 16)}Z`]),
    ...(methods === null ? [] : [`with ${methods.join('+')}`]),
    ...(device === 'known' ? ['on a known device'] : []),
  ].join(' ')
