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
    password: node('password', { ok: 'user-login', failed: 'identification', cancelled: 'identification' }),
    'user-login': node('user-login', { ok: 'end' }),
  },
}

const stepUp: FlowSpec = {
  name: 'Prove it again',
  purpose: 'step_up',
  start: 'password',
  nodes: {
    password: node('password', { ok: 'user-login', failed: 'deny', cancelled: 'deny' }),
    'user-login': node('user-login', { ok: 'end' }),
    // Leading on instead would lead straight back here: the application still asks for what was not proven.
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

export const shippedFlows: ReadonlyMap<string, FlowSpec> = new Map([
  ['initial-setup', initialSetup],
  ['sign-in', signIn],
  ['step-up', stepUp],
  ['sign-out', signOut],
  ['consent', consent],
])
