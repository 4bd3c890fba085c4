import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { toyKinds } from '../../../test/support/toy-provider.ts'
import { policyKinds } from '../../kinds/registry.ts'
import { compileAccess } from '../../policy/compile-access.ts'
import { applicationType } from '../types/application-type.ts'
import { brandType } from '../types/brand-type.ts'
import { keypairType } from '../types/keypair-type.ts'
import { policyType } from '../types/policy-type.ts'
import { roleType } from '../types/role-type.ts'
import { settingsType } from '../types/settings-type.ts'
import { readDesired } from './desired.ts'
import { spellIssue } from './file-issue.ts'
import { readFiles } from './read-files.ts'

const policies = policyType(policyKinds)
const types = new Map(
  [settingsType, brandType, roleType, keypairType, policies, applicationType(toyKinds, compileAccess, policies)].map(
    (type) => [type.type, type],
  ),
)
const read = (...texts: string[]) =>
  readDesired(
    texts.map((text, index) => ({ name: texts.length === 1 ? 'gatehouse.yaml' : `${'abc'[index]}.yaml`, text })),
    types,
  )

const issues = (...texts: string[]): string[] => {
  const desired = read(...texts)
  return desired.ok ? [] : desired.error.map(spellIssue)
}

const example = `
groups:
  staff: { name: Staff }
  admins: { name: Admins, roles: [administrator] }
users:
  ana:
    name: Ana Example
    email: ana@example.com
    groups: [staff]
    password: { hash: "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA" }
applications:
  nextcloud:
    name: Nextcloud
    launch_url: https://cloud.example.com
    providers:
      toy:
        client_id: nextcloud
        client_secret: { env: NEXTCLOUD_SECRET }
    access:
      allow: { groups: [staff] }
      assurance: { mfa: required }
`

test('reads the example of the documentation', () => {
  const desired = read(example)
  assert.ok(desired.ok)
  assert.deepEqual(
    desired.value.groups.map((group) => [group.slug, group.spec.roles]),
    [
      ['staff', []],
      ['admins', ['administrator']],
    ],
  )
  assert.equal(desired.value.users[0]?.spec.email, 'ana@example.com')
  assert.equal(desired.value.resources[0]?.slug, 'nextcloud')
})

test('reads an empty file as nothing, and sections without entries', () => {
  assert.deepEqual(issues(''), [])
  assert.deepEqual(issues('# a comment\n'), [])
  assert.deepEqual(issues('users:\ngroups:\n'), [])
  assert.deepEqual(issues('users:\n  ana:\n'), [])
})

test('tells every issue at once, with line, column, path and the nearest right name', () => {
  assert.deepEqual(
    issues(`user:
  ana: {}
users:
  ana:
    emial: ana@example.com
    groups: [Staff]
applications:
  nextcloud:
    providers:
      toy: { clientid: nextcloud }
      second: { kind: toi }
`),
    [
      'gatehouse.yaml:1:1: user: unknown key; did you mean "users"?',
      'gatehouse.yaml:5:5: users.ana.emial: unknown key; did you mean "email"?',
      'gatehouse.yaml:6:14: users.ana.groups[0]: must be lower-case letters, digits and hyphens',
      'gatehouse.yaml:8:3: applications.nextcloud.name: is required',
      'gatehouse.yaml:10:7: applications.nextcloud.providers.toy.client_id: is required',
      'gatehouse.yaml:10:14: applications.nextcloud.providers.toy.clientid: unknown key; did you mean "client_id"?',
      'gatehouse.yaml:11:23: applications.nextcloud.providers.second.kind: there is no kind "toi"; did you mean "toy"?',
    ],
  )
})

test('finds the place of names that hold dots', () => {
  assert.deepEqual(issues('users:\n  ana.b:\n    kind: alien\n'), [
    'gatehouse.yaml:3:11: users.ana.b.kind: must be one of internal, external, service_account',
  ])
})

test('names both places of what is defined twice, in one file or in two', () => {
  assert.deepEqual(issues('groups:\n  staff: {}\n  other: {}\n  staff: {}\n'), [
    'gatehouse.yaml:4:3: "staff" is defined twice; first at gatehouse.yaml:2:3',
  ])
  assert.deepEqual(issues('groups:\n  staff: {}\n', 'groups:\n  staff: {}\n'), [
    'b.yaml:2:3: groups.staff: it is defined twice; first at a.yaml:2:3',
  ])
})

test('C07 takes user names that are one person for one person', () => {
  assert.deepEqual(issues('users:\n  ana: {}\n  "ANA ": {}\n'), [
    'gatehouse.yaml:3:3: users.ANA : it is defined twice; first at gatehouse.yaml:2:3',
  ])
})

test('refuses an address that two people have', () => {
  assert.deepEqual(issues('users:\n  ana: { email: a@example.com }\n  ben: { emails: [A@example.com] }\n'), [
    'gatehouse.yaml:3:19: users.ben.emails[0]: the address is defined twice; first at gatehouse.yaml:2:10',
  ])
})

test('I12 refuses tags, which reach beyond the file', () => {
  for (const value of [
    '!Env SECRET',
    '!File /etc/passwd',
    '!!js/function "x"',
    '!KeyOf x',
    '!!binary aGk=',
    '!!timestamp 2001-01-01',
  ]) {
    assert.equal(issues(`groups:\n  staff: { name: ${value} }\n`).length > 0, true, value)
  }
})

test('M09 refuses alias bombs and bottomless nesting', () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
  for (const [index, name] of ['b', 'c', 'd', 'e', 'f', 'g'].entries()) {
    const before = 'abcdefg'[index]
    bomb.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`)
  }
  assert.match(issues(bomb.join('\n'))[0] ?? '', /aliases/)
  assert.equal(issues(`users: ${'['.repeat(5000)}${']'.repeat(5000)}`).length > 0, true)
  assert.equal(issues('['.repeat(50_000)).length > 0, true)
  assert.equal(issues(`users: { ana: { attributes: { a: ${'['.repeat(100)}${']'.repeat(100)} } } }`).length > 0, true)
})

test('H11 refuses keys that reach an object prototype', () => {
  for (const text of [
    'users: { __proto__: {} }',
    'groups: { constructor: {} }',
    'users: { ana: { attributes: { __proto__: { admin: true } } } }',
    '__proto__: { users: {} }',
  ]) {
    assert.equal(issues(text).length > 0, true, text)
  }
})

test('refuses several documents in one file, and text that is no YAML', () => {
  assert.equal(issues('users: {}\n---\nusers: {}\n').length > 0, true)
  assert.equal(issues('users: [').length > 0, true)
  assert.equal(issues('just text').length > 0, true)
})

test('refuses the slugs that are addresses of ours', () => {
  assert.match(issues('applications:\n  token: { name: Token }\n')[0] ?? '', /part of an address/)
  assert.match(issues('settings:\n  other: {}\n')[0] ?? '', /called "instance"/)
})

test('refuses specs of a schema that this version does not know yet', () => {
  assert.match(issues('schemas: { brands: 9 }\nbrands:\n  a: {}\n')[0] ?? '', /newer version/)
})

test('reads a folder: its YAML files in order, the hidden ones left out', (context) => {
  const root = mkdtempSync(path.join(tmpdir(), 'config-'))
  context.after(() => rmSync(root, { recursive: true }))
  mkdirSync(path.join(root, 'apps'))
  mkdirSync(path.join(root, '..data-1'), { recursive: true })
  mkdirSync(path.join(root, '.hidden'))
  for (const name of ['b.yaml', 'a.yml', 'apps/c.yaml', '.hidden/d.yaml', 'notes.txt']) {
    writeFileSync(path.join(root, name), `# ${name}`)
  }
  const files = readFiles(root)
  assert.ok(files.ok)
  assert.deepEqual(
    files.value.files.map((file) => file.name),
    ['a.yml', 'apps/c.yaml', 'b.yaml'],
  )
  const single = readFiles(path.join(root, 'b.yaml'))
  assert.ok(single.ok)
  assert.deepEqual(single.value.files, [{ name: 'b.yaml', text: '# b.yaml' }])
  assert.equal(readFiles(path.join(root, 'missing')).ok, false)
})
