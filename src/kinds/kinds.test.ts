/** What every kind promises, walked over the registry: a kind that breaks it does not come in (DESIGN §5, HOUSE §1). */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import {
  ended,
  NOW,
  pageOf,
  somebody,
  stageContext,
  stageView,
  stageWorld,
  testVault,
} from '../../test/support/stage-world.ts'
import { type CredentialId, newId } from '../base/ids.ts'
import { systemRandom } from '../base/random.ts'
import { parse } from '../base/schema.ts'
import { secret } from '../base/secret.ts'
import { NO_FAILURES } from '../domain/guess-limits/failures.ts'
import { amrOf } from '../domain/sessions/session.ts'
import { compileFlow } from '../flow/compile-flow.ts'
import { readFacts } from '../flow/facts.ts'
import { shippedFlows } from '../flow/shipped-flows.ts'
import { LOCALES } from '../pages/locale-names.ts'
import { translator } from '../pages/texts.ts'
import { compileExpression } from '../policy/expression/compile-expression.ts'
import { textOf } from './contract/authenticator.ts'
import { proofs } from './contract/fact.ts'
import type { StageKind } from './contract/stage.ts'
import { authenticatorKinds, policyKinds, providerKinds, stageKinds } from './registry.ts'

const HERE = import.meta.dirname
const FAMILIES = [
  { family: 'stages', kinds: stageKinds },
  { family: 'providers', kinds: providerKinds },
  { family: 'authenticators', kinds: authenticatorKinds },
  { family: 'policies', kinds: policyKinds },
]
const foldersOf = (family: string): string[] =>
  readdirSync(path.join(HERE, family), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()

const sourcesOf = (folder: string): string =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(path.join(folder, file), 'utf8'))
    .join('\n')

for (const { family, kinds } of FAMILIES) {
  describe(family, () => {
    it('every folder is a kind of its name in the registry, and every kind has its folder', () => {
      assert.deepEqual(kinds.map((kind) => kind.id).sort(), foldersOf(family))
    })

    for (const kind of kinds) {
      const folder = path.join(HERE, family, kind.id)
      it(`${kind.id} has a README and tests`, () => {
        assert.ok(existsSync(path.join(folder, 'README.md')))
        const tests = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
          file.endsWith('.test.ts'),
        )
        assert.ok(tests.length > 0)
      })

      // Settings of authenticators are a part of those of a stage, which has the version.
      if (!('version' in kind)) continue
      it(`${kind.id} upgrades the settings of every older version`, () => {
        assert.ok(Number.isInteger(kind.version) && kind.version >= 1)
        if (kind.version === 1) return
        assert.ok(kind.upgrade, 'an older version stands in revisions for ever')
        for (let from = 1; from < kind.version; from++) {
          assert.ok(parse(kind.config, kind.upgrade({}, from)).ok, `from ${from}`)
        }
      })
    }
  })
}

describe('facts', () => {
  it('belong to one kind each: no two write `fact(` of the same name, and the name begins with its kind', () => {
    const owners = new Map<string, string>()
    for (const { family } of FAMILIES) {
      for (const id of foldersOf(family)) {
        for (const [, name = ''] of sourcesOf(path.join(HERE, family, id)).matchAll(/\bfact(?:<.*>)?\('([^']+)'\)/g)) {
          assert.ok(name.startsWith(`${id}.`), `${name} of ${id}`)
          assert.equal(owners.get(name), undefined, `${name} of ${owners.get(name)} and ${id}`)
          owners.set(name, id)
        }
      }
    }
    assert.ok(owners.size > 0, 'the pattern still finds them')
  })
})

const ana = somebody('ana', {}, 'ana@example.com')
const withApp = () => {
  const world = stageWorld([ana], { ana: 'right' })
  const id = newId<CredentialId>(NOW, systemRandom)
  const key = testVault.seal(secret('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'), id, 'secret')
  const data = { secret: key, algorithm: 'SHA1', digits: 6, period: 30, last_step: -1 }
  world.authenticators.ana = [{ id, kind: 'totp', name: '', data, createdAt: 0, lastUsedAt: null }]
  return world
}
const contextOf = (kind: StageKind) =>
  stageContext(kind, withApp(), {
    person: ana,
    signedIn: ana,
    facts: { 'setup.link': 'hash-of-link', 'user.typed': 'ana', 'user.pending': ana.user.id },
    destination: {
      application: 'grafana',
      applicationName: 'Grafana',
      formAction: [],
      consent: { clientId: 'c', clientName: 'C', host: 'c.example', scopes: [], validFor: null },
    },
  })

// Stages of flows that begin with nobody, and the link that only leads on.
const NAMELESS: ReadonlySet<string> = new Set(['redirect', 'user-login'])

describe('authenticators', () => {
  const mail = { take: async () => ({ ticket: [] }) }
  const ports = {
    random: systemRandom,
    vault: testVault,
    relyingParty: { id: 'id.example.com', name: 'Example' },
    mail,
  }
  const credential = newId<CredentialId>(NOW, systemRandom)
  const request = { ip: '10.0.0.1', userAgent: 'test', origin: 'https://id.example.com', at: NOW, id: 'r' }
  const locales = LOCALES.map((locale) => translator(locale))

  for (const kind of authenticatorKinds) {
    const config = parse(kind.config, {})
    const about = {
      config: config.ok ? config.value : assert.fail(),
      person: ana,
      request,
      ports,
      credential,
      held: [],
    }

    it(`${kind.id} proves something that amr has a name for (RFC 8176)`, () => {
      assert.deepEqual(
        amrOf([
          { method: 'pwd', at: 0 },
          { method: kind.amr, at: 0 },
        ]),
        ['pwd', kind.amr, 'mfa'],
      )
    })

    it(`${kind.id} has its words in every language`, () => {
      for (const t of locales) {
        for (const part of ['title', 'ask', 'set_up']) {
          const key = `authenticator.${textOf(kind.id)}.${part}`
          assert.notEqual(t(key), key)
        }
      }
    })

    it(`${kind.id} names as secrets only members of its data`, () => {
      const { properties = {} } = kind.data as { properties?: Record<string, unknown> }
      for (const member of kind.secrets) assert.ok(Object.hasOwn(properties, member), member)
    })

    it(`H01 ${kind.id} is not set up by an empty form, and its page asks for what it takes`, async () => {
      const state = await kind.setUp.begin(about)
      const made = await kind.setUp.answer(state, {}, about)
      assert.ok('errors' in made && made.errors.length > 0)
      const { markup } = kind.setUp.page(kind.setUp.ask(state, about), { t: translator('en'), problems: [] })
      assert.match(markup, /<input/)
      assert.doesNotMatch(markup, /<script|style=/)
    })
  }
})

describe('policies', () => {
  const facts = {
    person: ana,
    session: null,
    application: null,
    request: { ip: '10.0.0.1', userAgent: 'test', origin: 'https://id.example.com', at: NOW },
    deviceSince: null,
    failures: NO_FAILURES,
  }
  for (const kind of policyKinds) {
    const config = parse(kind.config, {})
    const compiled = kind.compile(config.ok ? config.value : assert.fail(), { expression: compileExpression })

    it(`${kind.id} validates its defaults, and judges by them`, () => {
      assert.ok(compiled.ok)
      const verdict = compiled.value.judge(facts)
      assert.match(verdict.says, /^[^.].*[^.]$/, 'the middle of a sentence')
      assert.equal(verdict.holds || verdict.cure !== undefined, true, 'a no says what would change it')
    })

    it(`${kind.id} judges nobody, in a flow where none is named`, () => {
      assert.ok(compiled.ok)
      assert.equal(typeof compiled.value.judge({ ...facts, person: null }).holds, 'boolean')
    })

    it(`${kind.id} has its words in every language`, () => {
      for (const t of LOCALES.map((locale) => translator(locale))) assert.notEqual(t(kind.text), kind.text)
    })
  }
})

describe('stages', () => {
  for (const kind of stageKinds) {
    it(`${kind.id} validates its defaults`, () => {
      assert.deepEqual(parse(kind.config, {}).ok, true)
    })

    it(`${kind.id} has a page if it takes an answer`, () => {
      if (kind.answer) assert.ok(kind.page)
    })

    it(`H01 ${kind.id} is not passed by an empty form`, async () => {
      if (!kind.answer) return
      const result = await kind.answer(contextOf(kind), {})
      assert.equal(ended(result), null)
      assert.deepEqual(result.effects ?? [], [])
    })

    it(`${kind.id} opens as it foretells, and its page is a form of the attempt or leads out`, async () => {
      const context = contextOf(kind)
      const foretold = kind.predict({
        config: context.config,
        facts: readFacts(context.facts.all),
        signedIn: true,
        destination: context.destination,
      })
      const result = await kind.open(context)
      if ('end' in result) {
        assert.ok(foretold.outcomes.includes(result.end), `${result.end} of ${foretold.outcomes}`)
        return
      }
      assert.equal(foretold.needsPerson, true)
      const page = pageOf(kind, result.ask)
      if (kind.answer) assert.match(page, /<form method="post" action="\/if\/flow\/sign-in\/"><input type="hidden"/)
      else assert.match(page, /<a class="btn/)
    })

    it(`${kind.id} names who is signed in where a flow is about them, with the way to another account`, async () => {
      const result = await kind.open(contextOf(kind))
      if ('end' in result) return
      const signedIn = { username: 'ana', otherAccount: '/if/flow/other/' }
      const page = pageOf(kind, result.ask, stageView({ signedIn }))
      assert.equal(page.split('<a href="/if/flow/other/">').length, NAMELESS.has(kind.id) ? 1 : 2)
    })

    it(`${kind.id} foretells only outcomes that it has`, () => {
      const { config, facts, destination } = contextOf(kind)
      for (const signedIn of [true, false]) {
        const { outcomes } = kind.predict({ config, facts, signedIn, destination })
        assert.deepEqual(
          outcomes.filter((outcome) => !kind.outcomes.includes(outcome)),
          [],
        )
      }
    })

    it(`I19 ${kind.id} foresees for the lock-out guard only ends that it has, and a proof only where it proves`, () => {
      const { config, facts, destination, request } = contextOf(kind)
      if (kind.proves) assert.ok(kind.foresee, 'what proves has to say for whom')
      const authenticators = authenticatorKinds.map(({ id, amr }) => ({
        kind: id,
        amr,
        usable: true,
        standsAlone: true,
      }))
      for (const password of [true, false]) {
        const means = { names: ['ana'], password, authenticators: password ? authenticators : [] }
        const foreseen = kind.foresee?.({
          config,
          facts,
          person: ana,
          means,
          session: null,
          destination,
          purpose: 'sign_in',
          sendsMail: false,
          origin: request.origin,
          now: request.at,
        })
        for (const { outcome, know = [] } of foreseen?.ends ?? []) {
          assert.ok(kind.outcomes.includes(outcome), outcome)
          if (know.some(({ name }) => name === proofs.name)) assert.ok(kind.proves, 'it proves nothing')
        }
        if (foreseen?.ends.length === 0) assert.ok(foreseen.because, 'whoever gets no further is told why')
      }
    })

    it(`${kind.id} writes proofs only if it says that it proves`, () => {
      const writes = /know\(\s*proofs\b/.test(sourcesOf(path.join(HERE, 'stages', kind.id)))
      assert.equal(writes, kind.proves === true)
    })
  }

  it('every shipped flow compiles and passes lint with the kinds that are registered', () => {
    const kinds = new Map(stageKinds.map((kind) => [kind.id, kind]))
    for (const [slug, spec] of shippedFlows) {
      const compiled = compileFlow(spec, { slug, revision: 1 }, kinds, compileExpression)
      assert.deepEqual(compiled.ok ? [] : compiled.error, [], slug)
    }
  })
})
