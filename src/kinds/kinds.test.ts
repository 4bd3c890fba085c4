/** The contract every registered kind is held to: what makes "one folder and one line" true. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { parse } from '../base/schema.ts'
import { providerKinds, stageKinds } from './registry.ts'

const families = [
  { folder: 'stages', kinds: stageKinds },
  { folder: 'providers', kinds: providerKinds },
] as const
const here = import.meta.dirname
const foldersOf = (family: string) =>
  readdirSync(path.join(here, family), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)

for (const { folder, kinds } of families) {
  test(`each folder of ${folder} is one registered kind of that name, with a page about it`, () => {
    assert.deepEqual(kinds.map((kind) => kind.id).sort(), foldersOf(folder).sort())
    for (const { id } of kinds)
      assert.ok(existsSync(path.join(here, folder, id, 'README.md')), `${folder}/${id}/README.md`)
  })

  for (const kind of kinds) {
    test(`${folder}/${kind.id}: settings of version 1 are brought up to today's`, () => {
      if (kind.version > 1) assert.ok(kind.upgrade, 'a newer version needs an upgrade')
    })
  }
}

for (const kind of stageKinds) {
  test(`stages/${kind.id}: a stage that asks has a page, and a stage that takes answers asks`, () => {
    if (kind.answer) assert.ok(kind.page)
  })

  test(`stages/${kind.id}: predicts only outcomes it has`, () => {
    const config = parse(kind.config, {})
    // Some kinds have no defaults for what only an administrator can know.
    if (!config.ok) return
    const facts = { get: () => undefined, all: {} }
    const { outcomes } = kind.predict({ config: config.value, facts, signedIn: false, destination: null })
    for (const outcome of outcomes) assert.ok(kind.outcomes.includes(outcome), outcome)
  })
}

test('no two kinds share a name of a fact', () => {
  const owners = new Map<string, string>()
  for (const { folder, kinds } of families) {
    for (const { id } of kinds) {
      const files = readdirSync(path.join(here, folder, id)).filter(
        (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
      )
      for (const file of files) {
        const text = readFileSync(path.join(here, folder, id, file), 'utf8')
        for (const [, name = ''] of text.matchAll(/\bfact<[^>]+>\('([^']+)'\)/g)) {
          assert.equal(owners.get(name) ?? id, id, name)
          assert.ok(name.startsWith(`${id}.`), `${name} begins with the kind's own name`)
          owners.set(name, id)
        }
      }
    }
  }
})
