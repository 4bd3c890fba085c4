import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Environment } from '@marcbachmann/cel-js'
import fc from 'fast-check'
import { Secret } from '../../base/secret.ts'
import { compileExpression } from './compile-expression.ts'

const VARIABLES = {
  user: 'map',
  'user.name': 'string',
  'user.age': 'int',
  'user.groups': 'list<string>',
  'user.attributes': 'map',
  request: 'map',
  'request.ip': 'string',
  facts: 'map',
}
const values = {
  user: {
    name: 'Ana',
    age: 41,
    groups: ['staff', 'admins'],
    attributes: { department: 'IT', level: 3, ratio: 1.5, tags: ['a', 'b'], empty: null },
  },
  request: { ip: '10.1.2.3' },
  facts: {},
}

const evaluate = (source: string, given: Record<string, unknown> = values) => {
  const compiled = compileExpression(source, VARIABLES)
  if (!compiled.ok) return { refused: compiled.error }
  const result = compiled.value.evaluate(given)
  return result.ok ? { value: result.value } : { failed: result.error }
}
const refusal = (source: string): string => {
  const result = evaluate(source)
  assert.ok('refused' in result, `${source} was taken: ${JSON.stringify(result)}`)
  return result.refused ?? ''
}
const failureOf = (source: string, given: Record<string, unknown> = values): string => {
  const result = evaluate(source, given)
  assert.ok('failed' in result, `${source}: ${JSON.stringify(result)}`)
  return result.failed ?? ''
}

test('tells where a slip of the hand stands, and the nearest right name', () => {
  assert.equal(refusal('user.nme == "x"'), 'column 6: no such member "nme"; did you mean "name"?')
  assert.equal(refusal('has(user.nme)'), 'no such member "nme"; did you mean "name"?')
  assert.equal(refusal('usr.name == ""'), 'column 1: unknown variable "usr"; did you mean "user"?')
  assert.equal(refusal('user.name.lowr() == ""'), 'column 1: unknown function lowr(); did you mean "lower"?')
  assert.equal(refusal('true &&\n  (1 == 1'), 'line 2, column 10: expected ")", got the end')
  assert.equal(refusal(' '), 'the expression is empty')
})

test('refuses what its types cannot hold, before it is ever run', () => {
  assert.match(refusal('user.name > 3'), /no such overload: string > int/)
  assert.match(refusal('user.age && true'), /bool operands, got 'int'/)
  assert.match(refusal('user.name ? 1 : 2'), /must be bool/)
  assert.match(refusal('user.groups.exists(1, true)'), /iteration variable/)
})

test('H08 reaches no prototype, constructor or host object from an expression', () => {
  for (const source of [
    'user.constructor',
    'user.attributes.constructor.constructor("return process")()',
    'user.attributes.__proto__.polluted',
    'user.attributes["__proto__"]',
    'facts.toString',
    'facts["hasOwnProperty"]',
    'user.groups.constructor',
    '"".constructor',
    'import("node:fs")',
    'new Proxy()',
    'process.env',
    'globalThis',
    'this',
    'google.protobuf.Timestamp',
    'cel.bind(x, 1, x)',
    'type(user)',
    'b"x".json()',
    'timestamp("2024-01-01T00:00:00Z")',
    'Error.prepareStackTrace',
  ]) {
    const result = evaluate(source)
    assert.ok('refused' in result || 'failed' in result, `${source}: ${JSON.stringify(result)}`)
  }
})

test('H08 sees own members of plain data only: no class instance, function, date or secret', () => {
  const attributes = { secret: new Secret('s3cret'), call: () => 1, date: new Date(0), bytes: new Uint8Array(3) }
  const given = { ...values, user: { ...values.user, attributes } }
  for (const name of Object.keys(attributes)) {
    assert.match(failureOf(`user.attributes.${name}`, given), /no member/)
    assert.match(failureOf(`dyn(user.attributes)`, given), /not a value/)
  }
})

test('H08 gives no key back that would reach a prototype when merged', () => {
  assert.match(failureOf('{"__proto__": 1}'), /"__proto__" is not allowed/)
  assert.match(failureOf('{"a": {"constructor": 1}}'), /not allowed/)
})

test('H10 ends a comprehension that costs too much, and nothing outweighs it', () => {
  const many = Array.from({ length: 5000 }, (_, index) => `g${index}`)
  const given = { ...values, user: { ...values.user, groups: many } }
  const costly = 'user.groups.exists(a, user.groups.exists(b, a + b == "x"))'
  assert.equal(failureOf(costly, given), 'costs too much to evaluate')
  assert.equal(failureOf(`${costly} || true`, given), 'costs too much to evaluate')
  assert.equal(failureOf(`!(${costly} && false)`, given), 'costs too much to evaluate')
})

test('H10 refuses comprehensions nested deeper than two', () => {
  assert.match(refusal('user.groups.map(a, user.groups.map(b, user.groups.map(c, c)))'), /nested deeper than 2/)
})

test('H10 never grows a text or list without bound', () => {
  const doubled = (text: string, times: number): string =>
    times === 0 ? text : `(${doubled(text, times - 1)} + ${doubled(text, times - 1)})`
  const long = { ...values, user: { ...values.user, name: 'x'.repeat(3000) } }
  assert.match(failureOf(doubled('user.name', 5), long), /longer than 65536|costs too much/)
  const wide = { ...values, user: { ...values.user, groups: Array.from({ length: 9000 }, () => 'g') } }
  assert.match(failureOf('user.groups.map(a, user.groups)', wide), /costs too much/)
  assert.match(failureOf('user.groups + user.groups', wide), /a list longer than 10000/)
  assert.match(
    failureOf('user.groups.map(g, user.name).join("") == ""', {
      ...values,
      user: { ...long.user, groups: wide.user.groups },
    }),
    /costs too much/,
  )
})

test('H10 refuses sources that are too long, too deep or too large', () => {
  assert.match(refusal(`user.name == "${'x'.repeat(4096)}"`), /longer than 4096/)
  for (const source of [
    '!'.repeat(4000),
    '['.repeat(4000),
    '('.repeat(2000),
    `1${'+1'.repeat(2000)}`,
    '-'.repeat(4000),
    `user${'.a'.repeat(1500)}`,
  ]) {
    assert.match(refusal(source), /too large|too deep|cannot be read|the end/, source.slice(0, 5))
  }
})

test('M04 runs patterns in linear time', () => {
  const given = { ...values, user: { ...values.user, name: `${'a'.repeat(50_000)}!` } }
  assert.deepEqual(evaluate('user.name.matches("^(a+)+$")', given), { value: false })
  assert.deepEqual(evaluate('user.name.matches("^[A-Z][a-z]+$")'), { value: true })
})

test('M04 takes patterns only where they are written out, small, and without what needs backtracking', () => {
  assert.match(refusal('user.name.matches(user.attributes.pattern)'), /must be written out/)
  assert.match(refusal('user.name.matches("(a)\\\\1")'), /pattern: /)
  assert.match(refusal('user.name.matches("(?=a)")'), /pattern: /)
  assert.match(refusal('user.name.matches("(?:(?:a{1,30}){1,30}){1,30}")'), /pattern/)
  assert.match(refusal(`user.name.matches("${'a'.repeat(600)}")`), /longer than 512/)
  const long = { ...values, user: { ...values.user, name: 'ab'.repeat(30_000) } }
  assert.equal(failureOf('user.name.matches("(?:a|b)*a(?:a|b){200}[c-d]")', long), 'costs too much to evaluate')
})

test('an integer that leaves 64 bits, or that JSON cannot carry, is an error and not another number', () => {
  assert.match(refusal('9223372036854775808 > 0'), /leaves 64 bits/)
  assert.match(refusal(`0x${'f'.repeat(3000)} > 0`), /leaves 64 bits/)
  assert.match(failureOf('9223372036854775807 + 1'), /leaves 64 bits/)
  assert.match(failureOf('9223372036854775807 * 9223372036854775807'), /leaves 64 bits/)
  assert.match(failureOf('9223372036854775807'), /too large for JSON/)
  assert.match(failureOf('user.age / 0'), /division by zero/)
  assert.match(failureOf('user.age % 0'), /division by zero/)
  assert.match(failureOf('1.0 / 0.0'), /not a number/)
})

test('JSON comes out, with whole numbers as numbers', () => {
  assert.deepEqual(evaluate('{"a": [user.age, 1.5, null, "x"], "b": user.groups}'), {
    value: { a: [41, 1.5, null, 'x'], b: ['staff', 'admins'] },
  })
})

test('numbers from JSON are ints when whole, and mix with doubles', () => {
  assert.deepEqual(evaluate('user.attributes.level / 2'), { value: 1 })
  assert.deepEqual(evaluate('user.attributes.level + 0.5'), { value: 3.5 })
  assert.deepEqual(evaluate('user.attributes.level == 3.0 && user.attributes.ratio > 1'), { value: true })
})

test('a failing side is outweighed by the side that decides, as CEL has it, and fails otherwise', () => {
  assert.deepEqual(evaluate('user.attributes.absent == 1 || "staff" in user.groups'), { value: true })
  assert.deepEqual(evaluate('user.attributes.absent == 1 && false'), { value: false })
  assert.match(failureOf('user.attributes.absent == 1 || false'), /column 1: no member "absent"/)
  assert.match(failureOf('user.attributes.absent == 1 && true'), /no member "absent"/)
})

test('offers lower(), in_network() and has()', () => {
  assert.deepEqual(evaluate('user.attributes.department.lower() == "it"'), { value: true })
  assert.deepEqual(evaluate('in_network(request.ip, "10.0.0.0/8")'), { value: true })
  assert.deepEqual(evaluate('in_network(request.ip, "fd00::/8")'), { value: false })
  assert.deepEqual(evaluate('has(user.attributes.level) && !has(user.attributes.absent)'), { value: true })
  assert.deepEqual(evaluate('has(facts.prompt.answers.colour)'), { value: false })
  assert.match(failureOf('has(user.name.length)'), /string has no members/)
  assert.match(refusal('in_network(request.ip, "10.0.0.1/8")'), /is no network/)
  assert.match(failureOf('in_network("nowhere", "10.0.0.0/8")'), /not an address/)
  assert.match(failureOf('in_network(request.ip, user.name)'), /not a network/)
})

test('tells what it reads, more broadly where it cannot be told exactly', () => {
  const reads = (source: string) => {
    const compiled = compileExpression(source, VARIABLES)
    return compiled.ok ? compiled.value.reads : compiled.error
  }
  assert.deepEqual(reads('"staff" in user.groups && request.ip != ""'), ['request.ip', 'user.groups'])
  assert.deepEqual(reads('user.attributes["department"] == "IT"'), ['user.attributes.department'])
  assert.deepEqual(reads('user.attributes[request.ip] == 1'), ['request.ip', 'user.attributes'])
  assert.deepEqual(reads('user.groups.exists(request, request == user.name)'), ['user.groups', 'user.name'])
  assert.deepEqual(reads('user.attributes.all(k, request.ip == k)'), ['request.ip', 'user.attributes'])
  assert.deepEqual(reads('"a".indexOf("b") == 1'), [])
  assert.deepEqual(reads('has(facts.a.b)'), ['facts.a.b'])
})

test('never throws, whatever is written', () => {
  const word = fc.constantFrom(
    'user',
    'name',
    'groups',
    '.',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    ':',
    ',',
    '?',
    '==',
    '&&',
    '||',
    '!',
    '-',
    '1',
    '"a"',
    'in',
    'has',
    'exists',
    'x',
    '__proto__',
    'matches',
    'b"x"',
    '2u',
    '0x',
    '1e9',
    "'",
    '\\',
    '\n',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 80 }),
        fc.array(word, { maxLength: 24 }).map((words) => words.join(' ')),
      ),
      (source) => {
        const compiled = compileExpression(source, VARIABLES)
        if (compiled.ok) compiled.value.evaluate(values)
        return true
      },
    ),
    { numRuns: 2000 },
  )
})

/** Random expressions that pass the type check, over ints, texts, bools and lists. */
const { bool } = fc.letrec<{ bool: string; int: string; text: string; list: string }>((tie) => ({
  int: fc.oneof(
    { depthSize: 'small' },
    fc.integer({ min: 0, max: 9 }).map(String),
    fc.constant('user.age'),
    fc.tuple(tie('int'), fc.constantFrom('+', '-', '*', '/', '%'), tie('int')).map((parts) => `(${parts.join(' ')})`),
    tie('list').map((list) => `size(${list})`),
    tie('text').map((text) => `${text}.size()`),
    fc.tuple(tie('bool'), tie('int'), tie('int')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
  ),
  text: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('"a"', '"ab"', '""', '"é𝄞"', 'user.name'),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => `(${a} + ${b})`),
    fc.tuple(tie('bool'), tie('text'), tie('text')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
    tie('list').map((list) => `${list}.join("-")`),
    tie('text').map((text) => `${text}.substring(1)`),
  ),
  list: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('user.groups', '["a", "b"]'),
    fc.tuple(tie('list'), tie('list')).map(([a, b]) => `(${a} + ${b})`),
    tie('text').map((text) => `${text}.split("a")`),
    fc.tuple(tie('list'), tie('text')).map(([list, text]) => `${list}.map(e, e.contains("a"), e + ${text})`),
    tie('list').map((list) => `${list}.filter(e, e != "a")`),
  ),
  bool: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('true', 'false'),
    fc
      .tuple(tie('int'), fc.constantFrom('==', '!=', '<', '<=', '>', '>='), tie('int'))
      .map((parts) => `(${parts.join(' ')})`),
    fc.tuple(tie('text'), fc.constantFrom('==', '!=', '<', '>='), tie('text')).map((parts) => `(${parts.join(' ')})`),
    fc.tuple(tie('bool'), fc.constantFrom('&&', '||', '==', '!='), tie('bool')).map((parts) => `(${parts.join(' ')})`),
    tie('bool').map((operand) => `!${operand}`),
    fc.tuple(tie('text'), tie('list')).map(([a, b]) => `(${a} in ${b})`),
    fc.tuple(tie('list'), tie('list')).map(([a, b]) => `(${a} == ${b})`),
    fc
      .tuple(tie('list'), fc.constantFrom('all', 'exists', 'exists_one'))
      .map(([list, macro]) => `${list}.${macro}(e, e.substring(1) == "b" || e == "a")`),
    fc
      .tuple(tie('text'), fc.constantFrom('contains', 'startsWith', 'endsWith'), tie('text'))
      .map(([a, call, b]) => `${a}.${call}(${b})`),
  ),
}))

test("agrees with the library's own evaluator wherever both give a value", () => {
  const oracle = new Environment().registerVariable('user', 'map')
  const given = { user: { name: 'Ana', age: 41n, groups: ['staff', 'admins'] } }
  let compared = 0
  fc.assert(
    fc.property(bool, (source) => {
      const compiled = compileExpression(source, VARIABLES)
      if (!compiled.ok) return true
      const ours = compiled.value.evaluate(values)
      let theirs: unknown
      try {
        theirs = oracle.evaluate(source, given)
      } catch {
        return !ours.ok
      }
      compared += 1
      return ours.ok && ours.value === theirs
    }),
    { numRuns: 1500 },
  )
  assert.ok(compared > 500, `${compared} compared`)
})
