/**
 * The flows that every instance begins with, by slug: made once at first start, and then the administrator's. Each does
 * the least that is safe; strong factors, recovery and enrolment are added to them on the canvas.
 */
import type { FlowEdge, FlowNode, FlowSpec } from './document.ts'

const to = (target: string): readonly FlowEdge[] => [{ to: target }]

const node = (stage: string, next: Readonly<Record<string, string>>): FlowNode => ({
  stage,
  settings: {},
  next: Object.fromEntries(Object.entries(next).map(([outcome, target]) => [outcome, to(target)])),
})

/** A second factor where there is one; where the application asks for two and there is none, one is set up at once. */
const secondFactor = (next: { readonly failed: string; readonly cancelled: string }): FlowSpec['nodes'] => ({
  'authenticator-validate': {
    stage: 'authenticator-validate',
    settings: {},
    next: {
      ok: to('user-login'),
      none: [{ to: 'authenticator-setup', when: 'application.mfa' }, ...to('user-login')],
      failed: to(next.failed),
      cancelled: to(next.cancelled),
    },
  },
  // Left undone, nothing is lost and nothing is open: the application asks again (E19).
  'authenticator-setup': node('authenticator-setup', {
    ok: 'user-login',
    skipped: next.cancelled,
    cancelled: next.cancelled,
  }),
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
    identification: node('identification', { ok: 'password' }),
    // Whoever tried too often, or is somebody else after all, begins again with a name.
    password: {
      ...node('password', { ok: 'authenticator-validate', failed: 'identification', cancelled: 'identification' }),
      // Offered where mails can be sent.
      settings: { recovery_flow: 'recover' },
    },
    ...secondFactor({ failed: 'password', cancelled: 'password' }),
    'user-login': node('user-login', { ok: 'end' }),
  },
}

const stepUp: FlowSpec = {
  name: 'Prove it again',
  purpose: 'step_up',
  start: 'password',
  nodes: {
    password: node('password', { ok: 'authenticator-validate', failed: 'deny', cancelled: 'deny' }),
    ...secondFactor({ failed: 'deny', cancelled: 'deny' }),
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
  ['totp-setup', setUp('Set up an authenticator app', 'totp')],
  ['recovery-codes-setup', setUp('Make recovery codes', 'recovery-codes')],
])
