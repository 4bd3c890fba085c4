import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR, MINUTE } from '../base/clock.ts'
import type { GroupId, UserId } from '../base/ids.ts'
import type { Access } from '../domain/applications/access.ts'
import type { Channel } from '../domain/decisions/decision.ts'
import type { Group } from '../domain/groups/group.ts'
import type { Person } from '../domain/people/person.ts'
import type { UserKind } from '../domain/users/user.ts'
import { compileAccess } from './compile-access.ts'
import { type DecidedSession, decide } from './decide.ts'
import { denialCode } from './denial-code.ts'
import { denialText, explainDecision } from './explain.ts'
import { compileExpression } from './expression/compile-expression.ts'

const NOW = Date.UTC(2024, 4, 14, 9, 7, 30)

const group = (slug: string): Group => ({
  id: slug as GroupId,
  slug,
  name: slug,
  parents: [],
  roles: [],
  attributes: {},
  organisation: 'main',
  managedBy: null,
  createdAt: 0,
  updatedAt: 0,
})

type Traits = {
  username?: string
  groups?: string[]
  kind?: UserKind
  active?: boolean
  groupsUntil?: number | null
  attributes?: Person['user']['attributes']
}
const person = ({
  username = 'ana',
  groups = [],
  kind = 'internal',
  active = true,
  groupsUntil = null,
  attributes = {},
}: Traits = {}): Person => ({
  user: {
    id: 'u1' as UserId,
    number: 1,
    username,
    name: 'Ana',
    kind,
    active,
    attributes,
    organisation: 'main',
    locale: null,
    generation: 1,
    managedBy: null,
    createdAt: 0,
    updatedAt: 0,
    lastLoginAt: null,
    passwordChangedAt: null,
  },
  emails: [],
  directGroups: groups.map(group),
  groups: groups.map(group),
  groupsUntil,
})
const session = (methods: string[] = ['pwd'], age = 0): DecidedSession => ({
  proofs: methods.map((method) => ({ method, at: NOW - age })),
  authTime: NOW - age,
  persistent: false,
  idleEndsAt: NOW + 2 * HOUR,
  endsAt: NOW + 8 * HOUR,
})
const request = { ip: '10.1.2.3', userAgent: 'test', origin: 'https://id.example.com', at: NOW }

type Case = {
  access?: Access | null
  who?: Traits | null
  session?: DecidedSession | null
  channel?: Channel
  ip?: string
  now?: number
}
const decided = (given: Case = {}) => {
  const compiled = given.access ? compileAccess(given.access, compileExpression) : null
  if (compiled && !compiled.ok) throw new Error(JSON.stringify(compiled.error))
  return decide({
    person: given.who === null ? null : person(given.who),
    session: given.session === undefined ? session() : given.session,
    channel: given.channel ?? 'oidc',
    application: { slug: 'wiki', name: 'Wiki', access: compiled?.value ?? null },
    request: { ...request, ip: given.ip ?? request.ip },
    now: given.now ?? NOW,
  })
}
const outcome = (given: Case): string => decided(given).outcome

test('asks for a sign-in where nobody is signed in', () => {
  assert.equal(outcome({ who: null, session: null }), 'sign_in')
  for (const channel of ['oidc', 'portal', 'console'] as const)
    assert.equal(outcome({ session: null, channel }), 'sign_in', channel)
})

test('F02 a person switched off is denied, whatever else holds', () => {
  const access: Access = { allow: { users: ['ana'] } }
  assert.equal(outcome({ access, who: { active: false } }), 'deny')
  assert.equal(outcome({ access, who: { active: false }, session: null, channel: 'api' }), 'deny')
})

test('A44 a deactivated service account is denied at the API', () => {
  const access: Access = { allow: { users: ['robot'] } }
  const robot: Traits = { username: 'robot', kind: 'service_account' }
  assert.equal(outcome({ access, who: robot, session: null, channel: 'api' }), 'allow')
  assert.equal(outcome({ access, who: { ...robot, active: false }, session: null, channel: 'api' }), 'deny')
})

test('H06 the table of who is allowed: absent rules, empty lists, names, conditions and kinds', () => {
  const staff: Traits = { groups: ['staff'] }
  const table: [string, Access | null, Traits, string][] = [
    ['no access at all', null, {}, 'allow'],
    ['no access at all', null, { kind: 'external' }, 'deny'],
    ['no access at all', null, { kind: 'service_account' }, 'deny'],
    ['an empty access', {}, {}, 'allow'],
    ['an empty allow', { allow: {} }, {}, 'allow'],
    ['an empty allow', { allow: {} }, { kind: 'external' }, 'deny'],
    ['an empty list of groups', { allow: { groups: [] } }, staff, 'deny'],
    ['an empty list of users', { allow: { users: [] } }, {}, 'deny'],
    ['a group of theirs', { allow: { groups: ['admins', 'staff'] } }, staff, 'allow'],
    ['a group of others', { allow: { groups: ['admins'] } }, staff, 'deny'],
    ['a group of theirs', { allow: { groups: ['staff'] } }, { ...staff, kind: 'external' }, 'allow'],
    ['their name', { allow: { users: ['ana'] } }, {}, 'allow'],
    ['their name', { allow: { users: ['ana'] } }, { kind: 'service_account' }, 'allow'],
    ['their name in another spelling (C07)', { allow: { users: [' ANA'] } }, { username: 'Ana' }, 'allow'],
    ['another name', { allow: { users: ['bea'] } }, {}, 'deny'],
    ['a group or their name', { allow: { groups: ['admins'], users: ['ana'] } }, {}, 'allow'],
    ['a condition that holds', { allow: { when: 'user.username == "ana"' } }, {}, 'allow'],
    ['a condition that holds names nobody', { allow: { when: 'true' } }, { kind: 'external' }, 'deny'],
    ['a condition that does not hold', { allow: { when: 'false' } }, {}, 'deny'],
    ['a condition that fails', { allow: { when: 'user.attributes.level > 3' } }, {}, 'deny'],
    [
      'a condition that is no condition',
      { allow: { when: 'user.attributes.flag' } },
      { attributes: { flag: 'true' } },
      'deny',
    ],
    ['a group and a condition that holds', { allow: { groups: ['staff'], when: 'true' } }, staff, 'allow'],
    ['a group and a condition that does not', { allow: { groups: ['staff'], when: 'false' } }, staff, 'deny'],
    ['a condition that holds and no group', { allow: { groups: ['staff'], when: 'true' } }, {}, 'deny'],
  ]
  for (const [title, access, who, wanted] of table)
    assert.equal(outcome({ access, who }), wanted, `${title}: ${JSON.stringify({ access, who })}`)
})

test('H06 the table of who is denied, whatever allow says', () => {
  const allow = { users: ['ana'] }
  const table: [string, Access, Traits, string][] = [
    ['an empty deny', { deny: {}, allow }, {}, 'allow'],
    ['an empty list', { deny: { groups: [] }, allow }, {}, 'allow'],
    ['a group of theirs', { deny: { groups: ['out'] }, allow }, { groups: ['out'] }, 'deny'],
    ['a group of others', { deny: { groups: ['out'] }, allow }, {}, 'allow'],
    ['their name', { deny: { users: ['Ana'] }, allow }, {}, 'deny'],
    ['a condition that holds', { deny: { when: 'true' }, allow }, {}, 'deny'],
    ['a condition that does not', { deny: { when: 'false' }, allow }, {}, 'allow'],
    ['a condition that fails', { deny: { when: 'user.attributes.level > 3' }, allow }, {}, 'deny'],
    [
      'a group and a condition that holds',
      { deny: { groups: ['out'], when: 'true' }, allow },
      { groups: ['out'] },
      'deny',
    ],
    [
      'a group and a condition that does not',
      { deny: { groups: ['out'], when: 'false' }, allow },
      { groups: ['out'] },
      'allow',
    ],
    [
      'a condition that fails for somebody not meant',
      { deny: { groups: ['out'], when: 'user.attributes.level > 3' }, allow },
      {},
      'allow',
    ],
    [
      'a condition that fails for somebody meant',
      { deny: { groups: ['out'], when: 'user.attributes.level > 3' }, allow },
      { groups: ['out'] },
      'deny',
    ],
  ]
  for (const [title, access, who, wanted] of table) assert.equal(outcome({ access, who }), wanted, title)
})

test('H10 a condition that costs too much denies', () => {
  const groups = Array.from({ length: 3000 }, (_, index) => `g${index}`)
  const access: Access = { allow: { when: 'user.groups.all(a, user.groups.all(b, a + b != "x"))' } }
  const decision = decided({ access, who: { groups } })
  assert.equal(decision.outcome, 'deny')
  assert.match(decision.reasons.find((reason) => reason.rule === 'condition')?.says ?? '', /costs too much/)
})

test('what is missing in strength is asked for, and denied where nobody can be asked', () => {
  const mfa: Access = { assurance: { mfa: 'required' } }
  assert.equal(outcome({ access: mfa }), 'step_up')
  assert.equal(outcome({ access: mfa, session: session(['pwd', 'pwd']) }), 'step_up')
  assert.equal(outcome({ access: mfa, session: session(['pwd', 'otp']) }), 'allow')
  assert.equal(outcome({ access: mfa, channel: 'api' }), 'deny')
  assert.equal(outcome({ access: mfa, session: null, channel: 'api' }), 'deny')
  assert.equal(outcome({ access: { assurance: { mfa: 'optional' } } }), 'allow')
  const methods: Access = { assurance: { methods: ['webauthn', 'otp'] } }
  assert.equal(outcome({ access: methods }), 'step_up')
  assert.equal(outcome({ access: methods, session: session(['otp']) }), 'allow')
  const age: Access = { assurance: { max_age: '12h' } }
  assert.equal(outcome({ access: age, session: session(['pwd'], 12 * HOUR) }), 'allow')
  assert.equal(outcome({ access: age, session: session(['pwd'], 12 * HOUR + 1) }), 'step_up')
  assert.equal(outcome({ access: age, session: null, channel: 'api' }), 'deny')
})

test('where and in which browser is no matter of proof: what is missing there denies, with words for the person', () => {
  const network: Access = { assurance: { network: ['10.0.0.0/8', '2001:db8::/32'] } }
  const from = (ip: string) => decided({ access: network, ip })
  assert.equal(from('10.1.2.3').outcome, 'allow')
  assert.equal(from('::ffff:10.1.2.3').outcome, 'allow')
  assert.equal(from('192.0.2.1').outcome, 'deny')
  assert.equal(from('no address').outcome, 'deny')
  assert.equal(denialText(from('192.0.2.1')), 'denied.policy.network')
  assert.deepEqual(from('10.1.2.3').reads, ['request.ip'])
  const device: Access = { assurance: { device: 'known' } }
  assert.equal(outcome({ access: device }), 'deny')
  assert.equal(outcome({ access: device, session: { ...session(['pwd']), deviceSince: 1 } }), 'allow')
})

test('E23 a trusted browser stands for a second factor, and for nothing where more is said than that', () => {
  const trusted = session(['pwd', 'device'])
  const says = (access: Access) =>
    decided({ access, session: trusted }).reasons.find(({ rule }) => rule === 'mfa')?.says
  assert.equal(outcome({ access: { assurance: { mfa: 'required' } }, session: trusted }), 'allow')
  assert.match(says({ assurance: { mfa: 'required' } }) ?? '', /a browser that was trusted stands for the second/)
  assert.equal(outcome({ access: { assurance: { mfa: 'required', max_age: '1h' } }, session: trusted }), 'step_up')
  assert.match(says({ assurance: { mfa: 'required', max_age: '1h' } }) ?? '', /does not stand for one here/)
  assert.equal(outcome({ access: { assurance: { mfa: 'required', methods: ['pwd'] } }, session: trusted }), 'step_up')
  assert.equal(outcome({ access: { assurance: { mfa: 'required' } }, session: session(['device']) }), 'step_up')
})

test('whoever is denied is not asked to step up first', () => {
  assert.equal(outcome({ access: { deny: { users: ['ana'] }, assurance: { mfa: 'required' } } }), 'deny')
})

test('gives every reason in order, each with what it saw and what would change it', () => {
  const access: Access = {
    deny: { groups: ['out'] },
    allow: { groups: ['admins'], when: 'in_network(request.ip, "192.168.0.0/16")' },
    assurance: { mfa: 'required' },
  }
  const { reasons } = decided({ access, who: { groups: ['staff'] } })
  assert.deepEqual(
    reasons.map(({ rule, holds, saw, cure }) => ({ rule, holds, saw, cure })),
    [
      { rule: 'active', holds: true, saw: undefined, cure: undefined },
      { rule: 'not_denied', holds: true, saw: { groups: ['staff'] }, cure: undefined },
      {
        rule: 'allowed',
        holds: false,
        saw: { groups: ['staff'], wanted: ['admins'] },
        cure: 'Add ana to the group admins.',
      },
      {
        rule: 'condition',
        holds: false,
        saw: { 'request.ip': '10.1.2.3' },
        cure: 'Meet the condition, or change it in `allow`.',
      },
      { rule: 'mfa', holds: false, saw: { methods: ['pwd'] }, cure: 'Prove a second factor.' },
    ],
  )
})

test('is valid until the first of the things it looked at may change', () => {
  const until = (given: Case) => decided(given).validUntil - NOW
  assert.equal(until({}), HOUR)
  assert.equal(until({ who: { groupsUntil: NOW + 5000 } }), 5000)
  assert.equal(until({ session: { ...session(), idleEndsAt: NOW + 4000 } }), 4000)
  assert.equal(until({ session: { ...session(), endsAt: NOW + 3000 } }), 3000)
  assert.equal(until({ access: { assurance: { max_age: '10m' } }, session: session(['pwd'], 9 * MINUTE) }), MINUTE + 1)
  assert.equal(until({ access: { allow: { when: 'request.hour < 18' } } }), 7.5 * MINUTE)
  assert.equal(until({ access: { deny: { when: 'request.weekday > 5' } } }), 7.5 * MINUTE)
  assert.equal(until({ access: { allow: { when: 'session.age_seconds < 60' } } }), 1000)
  assert.equal(until({ access: { allow: { when: 'request.at > 0' } }, now: NOW }), 1000)
  assert.equal(until({ who: null, session: null }), 0)
})

test('tells the request facts its conditions look at, and no others', () => {
  const access: Access = {
    allow: { when: 'request.ip != "" && user.username != ""' },
    deny: { when: 'request.user_agent == "x" && session.mfa' },
  }
  assert.deepEqual([...decided({ access }).reads].sort(), ['request.ip', 'request.user_agent'])
  assert.deepEqual(decided({}).reads, [])
})

test('refuses access whose condition cannot be read, is no condition, or asks for what nobody can meet', () => {
  const issues = (access: Access) => {
    const compiled = compileAccess(access, compileExpression)
    return compiled.ok ? [] : compiled.error
  }
  assert.deepEqual(issues({ allow: { when: 'user.grups == []' } }), [
    { path: 'allow.when', message: 'column 6: no such member "grups"; did you mean "groups"?' },
  ])
  assert.deepEqual(issues({ deny: { when: 'user.username' } }), [
    { path: 'deny.when', message: 'must be true or false, but is string' },
  ])
  assert.deepEqual(issues({ assurance: { methods: [] } }), [{ path: 'assurance.methods', message: 'names no method' }])
  assert.deepEqual(issues({ assurance: { network: ['10.1.2.3/8'] } }), [
    { path: 'assurance.network[0]', message: 'must be an address or a network such as 10.0.0.0/8' },
  ])
})

test('explains to an administrator what stands in the way, and to the person only what they can do', () => {
  const decision = decided({ access: { allow: { groups: ['admins'] } } })
  const sentences = explainDecision(decision, { person: 'ana', application: 'Wiki' })
  assert.equal(sentences[0], 'ana may not open Wiki.')
  assert.equal(sentences.at(-1), 'What would let them in: Add ana to the group admins.')
  assert.equal(denialText(decision), 'denied.not_allowed')
  assert.equal(denialText(decided({ who: { active: false } })), 'denied.inactive')
  assert.equal(denialText(decided({ access: { assurance: { mfa: 'required' } }, channel: 'api' })), 'denied.assurance')
})

test('a denial code has letters that are read one way only', () => {
  assert.equal(
    denialCode(() => Uint8Array.of(0, 31, 32, 255)),
    'GH-0Z0Z',
  )
  for (let byte = 0; byte < 256; byte++)
    assert.match(
      denialCode(() => new Uint8Array(4).fill(byte)),
      /^GH-[0-9A-HJKMNP-TV-Z]{4}$/,
    )
})
