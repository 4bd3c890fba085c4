/**
 * The flows that every instance begins with, by slug: made once at first start, and then the administrator's. Each does
 * the least that is safe; strong factors, recovery and enrolment are added to them on the canvas.
 */
import type { JsonObject } from '../base/json.ts'
import type { FlowEdge, FlowNode, FlowSpec } from './document.ts'

const to = (target: string): readonly FlowEdge[] => [{ to: target }]

const node = (stage: string, next: Readonly<Record<string, string>>): FlowNode => ({
  stage,
  settings: {},
  next: Object.fromEntries(Object.entries(next).map(([outcome, target]) => [outcome, to(target)])),
})

/**
 * Whoever came by a password that is due to be changed chooses another. After the second factor: whoever found an old
 * password must not be able to set a new one by it.
 */
const unlessDue = (target: string): readonly FlowEdge[] => [
  { to: 'new-password', when: 'facts.password.change_due' },
  { to: target },
]

/** A second factor where there is one; where the application asks for two and there is none, one is set up at once. */
const secondFactor = (
  next: { readonly done: string; readonly failed: string; readonly cancelled: string },
  { kinds, onwards = to }: { kinds?: readonly string[]; onwards?: typeof to } = {},
): FlowSpec['nodes'] => ({
  'authenticator-validate': {
    stage: 'authenticator-validate',
    settings: kinds ? { device_classes: kinds } : {},
    next: {
      ok: onwards(next.done),
      none: [{ to: 'authenticator-setup', when: 'application.mfa' }, ...onwards(next.done)],
      failed: to(next.failed),
      cancelled: to(next.cancelled),
    },
  },
  // Left undone, nothing is lost and nothing is open: the application asks again (E19).
  'authenticator-setup': {
    stage: 'authenticator-setup',
    settings: {},
    next: { ok: onwards('user-login'), skipped: to(next.cancelled), cancelled: to(next.cancelled) },
  },
})

const initialSetup: FlowSpec = {
  name: 'First run',
  purpose: 'setup',
  start: 'first-run',
  nodes: {
    'first-run': node('first-run', { ok: 'user-login' }),
    'user-login': node('user-login', { ok: 'end' }),
  },
}

const signIn: FlowSpec = {
  name: 'Sign in',
  purpose: 'sign_in',
  start: 'identification',
  nodes: {
    identification: {
      // A passkey that verified its person is two factors at once, and the whole sign-in.
      ...node('identification', { ok: 'password', proven: 'user-login' }),
      settings: { enable_passkeys: true },
    },
    // Whoever tried too often, or is somebody else after all, begins again with a name.
    password: {
      ...node('password', { ok: 'authenticator-validate', failed: 'identification', cancelled: 'identification' }),
      // Offered where mails can be sent.
      settings: { recovery_flow: 'recover' },
    },
    ...secondFactor({ done: 'passkey-offer', failed: 'password', cancelled: 'password' }, { onwards: unlessDue }),
    'new-password': node('new-password', { ok: 'user-login', refused: 'identification' }),
    // Once, of whoever has none and could have one; a no is remembered.
    'passkey-offer': {
      ...node('authenticator-setup', { ok: 'user-login', skipped: 'user-login', cancelled: 'password' }),
      settings: { device_classes: ['webauthn'], offer: true },
    },
    'user-login': node('user-login', { ok: 'end' }),
  },
}

/** A mailed link in place of a password: one factor, so what else somebody has is asked for after it (G11). */
const magicLink: FlowSpec = {
  name: 'Sign in by a mailed link',
  purpose: 'sign_in',
  only_named: true,
  start: 'identification',
  nodes: {
    identification: node('identification', { ok: 'email' }),
    email: {
      ...node('email', { ok: 'authenticator-validate', failed: 'identification', unavailable: 'deny' }),
      settings: { token_expiry: '15m' },
    },
    ...secondFactor(
      { done: 'user-login', failed: 'identification', cancelled: 'identification' },
      { kinds: ['webauthn', 'totp', 'recovery-codes'] },
    ),
    'user-login': node('user-login', { ok: 'end' }),
    deny: node('deny', {}),
  },
}

/** No password is asked for, and none is of use. */
const passwordless: FlowSpec = {
  name: 'Sign in with a passkey',
  purpose: 'sign_in',
  start: 'identification',
  nodes: {
    identification: {
      ...node('identification', { proven: 'user-login' }),
      settings: { user_fields: [], enable_passkeys: true, fallback_flow: 'sign-in' },
    },
    'user-login': node('user-login', { ok: 'end' }),
  },
}

const stepUp: FlowSpec = {
  name: 'Prove it again',
  purpose: 'step_up',
  start: 'passkey',
  nodes: {
    passkey: {
      ...node('authenticator-validate', {
        ok: 'user-login',
        none: 'password',
        password: 'password',
        failed: 'deny',
        cancelled: 'deny',
      }),
      settings: { instead_of_password: true },
    },
    password: node('password', { ok: 'authenticator-validate', failed: 'deny', cancelled: 'deny' }),
    ...secondFactor({ done: 'user-login', failed: 'deny', cancelled: 'deny' }, { onwards: unlessDue }),
    'new-password': node('new-password', { ok: 'user-login', refused: 'deny' }),
    'user-login': node('user-login', { ok: 'end' }),
    // Leading on instead would lead straight back here: the application still asks for what was not proven.
    deny: node('deny', {}),
  },
}

/** Ends at the sign-in, with its second factor: reading a mailbox is no way past that (G11). */
const recover: FlowSpec = {
  name: 'Forgotten password',
  purpose: 'recover',
  start: 'identification',
  nodes: {
    identification: node('identification', { ok: 'email' }),
    email: node('email', { ok: 'new-password', failed: 'identification', unavailable: 'deny' }),
    'new-password': node('new-password', { ok: 'message', refused: 'deny' }),
    message: { ...node('message', { ok: 'end' }), settings: { says: 'password_changed' } },
    deny: node('deny', {}),
  },
}

const fields = {
  email: { field_key: 'email', type: 'email', label: '', initial_value_expression: 'facts.user.verified_address' },
  username: {
    field_key: 'username',
    type: 'username',
    label: '',
    initial_value_expression: 'facts.prompt.answers.username',
  },
  name: { field_key: 'name', type: 'text', label: '', initial_value_expression: 'facts.prompt.answers.name' },
  password: { field_key: 'password', type: 'password', label: '' },
} as const

const ask = (says: string, asked: readonly (keyof typeof fields)[], next: string): FlowNode => ({
  ...node('prompt', { ok: next }),
  settings: { says, fields: asked.map((key) => fields[key]) },
})

const say = (says: string): FlowNode => ({ ...node('message', { ok: 'end' }), settings: { says } })

/**
 * An account for whoever shows that an address is theirs. The address is asked for first: nothing is told, made or asked
 * before its mailbox was read, and that somebody has it already is told there alone (G01, G09).
 */
const enrol = (name: string, write: JsonObject, then: Readonly<Record<string, FlowNode>>): FlowSpec => ({
  name,
  purpose: 'enrol',
  only_named: true,
  start: 'address',
  nodes: {
    address: ask('enrol_address', ['email'], 'email'),
    email: {
      ...node('email', { ok: 'details', failed: 'address', unavailable: 'deny' }),
      settings: { send_to: 'answer' },
    },
    details: ask('enrol', ['username', 'name', 'password'], 'user-write'),
    'user-write': {
      ...node('user-write', { ok: Object.keys(then)[0] ?? 'end', refused: 'there' }),
      settings: { user_creation_mode: 'always_create', ...write },
    },
    ...then,
    there: say('account_there'),
    deny: node('deny', {}),
  },
})

/** By an invitation alone, so it opens without a switch. Without a mail server too: the link is handed over. */
const enrolInvited: FlowSpec = {
  name: 'Accept an invitation',
  purpose: 'enrol',
  start: 'invitation',
  nodes: {
    invitation: node('invitation', { ok: 'details-and-address', addressed: 'details' }),
    'details-and-address': ask('enrol', ['email', 'username', 'name', 'password'], 'user-write'),
    details: ask('enrol', ['username', 'name', 'password'], 'user-write'),
    'user-write': {
      ...node('user-write', { ok: 'made', refused: 'there' }),
      settings: { user_creation_mode: 'always_create', user_type: 'internal' },
    },
    // They sign in with what they chose just now: nothing was proven here.
    made: say('account_made'),
    there: say('account_there'),
  },
}

/** Whoever reads only one of the two mailboxes changes nothing. */
const changeEmail: FlowSpec = {
  name: 'Change the e-mail address',
  purpose: 'settings',
  only_named: true,
  start: 'address',
  nodes: {
    address: ask('change_email', ['email'], 'old'),
    old: node('email', { ok: 'new', failed: 'address', unavailable: 'deny' }),
    new: {
      ...node('email', { ok: 'user-email', failed: 'address', unavailable: 'deny' }),
      settings: { send_to: 'answer' },
    },
    'user-email': node('user-email', { ok: 'end', refused: 'there' }),
    there: say('account_there'),
    deny: node('deny', {}),
  },
}

const leave: FlowSpec = {
  name: 'Delete the account',
  purpose: 'settings',
  only_named: true,
  start: 'user-delete',
  nodes: {
    'user-delete': node('user-delete', { ok: 'end', cancelled: 'end', refused: 'kept' }),
    kept: say('account_kept'),
  },
}

const signOut: FlowSpec = {
  name: 'Sign out',
  purpose: 'sign_out',
  start: 'user-logout',
  nodes: { 'user-logout': node('user-logout', { ok: 'end' }) },
}

const consent: FlowSpec = {
  name: 'Consent',
  purpose: 'consent',
  start: 'consent',
  nodes: { consent: node('consent', { ok: 'end', refused: 'end' }) },
}

/** For whoever is signed in and proved it again just now, which the door asks for. */
const passwordChange: FlowSpec = {
  name: 'Change the password',
  purpose: 'settings',
  start: 'new-password',
  nodes: {
    'new-password': node('new-password', { ok: 'end', refused: 'deny' }),
    deny: node('deny', {}),
  },
}

const setUp = (name: string, kind: string): FlowSpec => ({
  name,
  purpose: 'settings',
  start: 'authenticator-setup',
  nodes: {
    'authenticator-setup': {
      ...node('authenticator-setup', { ok: 'end', skipped: 'end', cancelled: 'end' }),
      settings: { device_classes: [kind] },
    },
  },
})

export const shippedFlows: ReadonlyMap<string, FlowSpec> = new Map([
  ['initial-setup', initialSetup],
  ['sign-in', signIn],
  ['step-up', stepUp],
  ['recover', recover],
  ['sign-out', signOut],
  ['consent', consent],
  ['passwordless', passwordless],
  ['magic-link', magicLink],
  ['enrol', enrol('Create an account', {}, { 'user-login': node('user-login', { ok: 'end' }) })],
  ['enrol-approval', enrol('Ask for an account', { needs_approval: true }, { waits: say('account_waits') })],
  ['enrol-invited', enrolInvited],
  ['change-email', changeEmail],
  ['leave', leave],
  ['email-setup', { ...setUp('Set up codes by mail', 'email'), only_named: true }],
  ['password-change', passwordChange],
  ['passkey-setup', setUp('Add a passkey', 'webauthn')],
  ['totp-setup', setUp('Set up an authenticator app', 'totp')],
  ['recovery-codes-setup', setUp('Make recovery codes', 'recovery-codes')],
])
