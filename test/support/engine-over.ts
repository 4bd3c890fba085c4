/** The executor over a house of tests: its real store, sessions, effects and stages. */

import { systemRandom as random } from '../../src/base/random.ts'
import { reveal } from '../../src/base/secret.ts'
import { CONSOLE_PATH, toConsole } from '../../src/core/console.ts'
import { createInvitations } from '../../src/core/enrolment/invitations.ts'
import { createFlowPorts } from '../../src/core/flow-ports.ts'
import { createGuesses } from '../../src/core/guesses.ts'
import { createPerformEffects } from '../../src/core/perform-effects.ts'
import { createTrustedDevices } from '../../src/core/trusted-devices.ts'
import { NO_FAILURES } from '../../src/domain/guess-limits/failures.ts'
import { createFlowEngine } from '../../src/flow/create-flow-engine.ts'
import type { FlowEngine, FlowPorts } from '../../src/flow/ports.ts'
import type { ApiHouse } from './api-house.ts'

/** The password of everybody who has one. */
export const REMEMBERED = 'of somebody who remembers it'

/** The executor over this house. Passwords are a word, and nothing is slowed: neither is what is promised. */
export const engineOver = (house: ApiHouse, flow: FlowPorts['flow']): FlowEngine => {
  const { store, ring, clock, deps, firstRun, authenticators, mails, people, sessions } = house
  const guesses = createGuesses({ store, ring, clock })
  const invitations = createInvitations({ store, ring, random, webPath: '/' })
  const trustedDevices = createTrustedDevices({ store, ring, recorder: deps.recorder })
  const performEffects = createPerformEffects({
    trustedDevices,
    store,
    sessions,
    recorder: deps.recorder,
    firstRun,
    mails,
    guesses,
    invitations,
    passwords: deps.passwords,
    random,
  })
  const ports = createFlowPorts({
    store,
    trustedDevices,
    ring,
    people,
    passwords: {
      ...deps.passwords,
      hash: async (password) => `hash(${reveal(password, 'test').length})`,
      weaknesses: async () => [],
      due: () => false,
      verify: async (person, password) => {
        const held = person && (await store.credentials.of(store.read, person.user.id, 'password')).length > 0
        return held && reveal(password, 'test') === REMEMBERED
          ? { verdict: 'right', rehash: null }
          : { verdict: 'wrong' }
      },
    },
    performEffects,
    invitations,
    clock,
    relyingParty: () => ({ id: 'auth.example.com', name: 'Example' }),
    mails,
    flowUsable: () => true,
    flowWay: () => null,
    failuresOf: async () => NO_FAILURES,
    guesses: { ...guesses, take: async () => ({ ticket: [] }), forgive: async () => undefined },
    authenticators,
    random,
    flow,
    destination: (next) => (next.startsWith(CONSOLE_PATH) ? toConsole({ mfa: true }) : null),
    failedLogin: () => undefined,
  })
  return createFlowEngine(ports)
}
