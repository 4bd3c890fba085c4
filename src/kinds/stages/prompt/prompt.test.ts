import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  askOf,
  ended,
  errorsOf,
  type Given,
  learnt,
  pageOf,
  somebody,
  stageContext,
  stageView,
  stageWorld,
} from '../../../../test/support/stage-world.ts'
import { parse } from '../../../base/schema.ts'
import { answers, newPasswordHash } from '../../contract/fact.ts'
import { PromptConfig } from './config.ts'
import { prompt } from './index.ts'

const ana = somebody('ana', { name: 'Ana Horvat' })
type Fields = Record<string, unknown>[]
const about = (fields: Fields, given: Given = {}, more: Record<string, unknown> = {}) =>
  // Settings as YAML gives them.
  stageContext(prompt, stageWorld([ana]), given, JSON.parse(JSON.stringify({ fields, ...more })))
const answer = (fields: Fields, input: Record<string, string>, given: Given = {}, more = {}) =>
  prompt.answer(about(fields, given, more), { go: 'on', ...input })

describe('prompt', () => {
  it('H01 stays where it is until its button was pressed, also where every field may stay empty', async () => {
    const fields = [{ field_key: 'phone', required: false }]
    assert.equal(ended(await prompt.answer(about(fields), {})), null)
    assert.equal(ended(await prompt.answer(about(fields), { phone: '1' })), null)
    assert.equal(ended(await answer(fields, {})), 'ok')
    assert.deepEqual(errorsOf(await answer([{ field_key: 'phone' }], {})), [{ field: 'phone', text: 'form.required' }])
  })

  it('G14 looks at no field that it did not ask for', async () => {
    const sent = { name: 'Eve', is_superuser: 'true', groups: 'admins', uuid: 'x', 'attributes.settings': 'y' }
    const result = await answer([{ field_key: 'name' }], sent)
    assert.deepEqual(learnt(result, answers), { name: 'Eve' })
  })

  it('H11 takes no key that reaches a prototype, in its settings or in a form', async () => {
    for (const field_key of [
      '__proto__',
      'constructor',
      'a.constructor.b',
      'prototype',
      'a.__proto__',
      'Name',
      'a..b',
    ]) {
      assert.equal(parse(PromptConfig, { fields: [{ field_key }] }).ok, false, field_key)
    }
    const result = await prompt.answer(
      about([{ field_key: 'name', required: false }]),
      JSON.parse('{"go":"on","__proto__":{"name":"x"},"constructor":"y"}'),
    )
    assert.deepEqual(learnt(result, answers), { name: '' })
  })

  it('takes no key that is part of every form', () => {
    for (const field_key of ['attempt', 'step']) {
      assert.equal(parse(PromptConfig, { fields: [{ field_key }] }).ok, false, field_key)
    }
  })

  it('H12 keeps the value of a hidden field, and tells nobody what it is', async () => {
    const fields = [{ field_key: 'attributes.origin', type: 'hidden', initial_value: 'fair' }, { field_key: 'name' }]
    const result = await answer(fields, { name: 'Eve', 'attributes.origin': 'changed' })
    assert.deepEqual(learnt(result, answers), { attributes: { origin: 'fair' }, name: 'Eve' })
    const ask = askOf(await prompt.open(about(fields)))
    assert.doesNotMatch(JSON.stringify(ask) + pageOf(prompt, ask), /fair|origin/)
  })

  it('H12 takes nothing for fields that only say something', async () => {
    const fields = [
      { field_key: 'text', type: 'static', sub_text: 'Read this' },
      { field_key: 'line', type: 'separator', label: 'More' },
    ]
    assert.deepEqual(learnt(await answer(fields, { text: 'x', line: 'y' }), answers), {})
  })

  it('gives every answer the type of its field, and says what is wrong with one that has not', async () => {
    const choices = [{ value: 'a' }, { value: 'b' }]
    const cases: [string, string, unknown][] = [
      ['text', ' Ana ', 'Ana'],
      ['email', 'ana@example.com', 'ana@example.com'],
      ['email', 'ana@', 'form.email_invalid'],
      ['number', '-1.5', -1.5],
      ['number', '1e9', 'form.number_invalid'],
      ['number', 'Infinity', 'form.number_invalid'],
      ['date', '2024-02-29', '2024-02-29'],
      ['date', '2023-02-29', 'form.date_invalid'],
      ['date', '29.2.2024', 'form.date_invalid'],
      ['choice', 'b', 'b'],
      ['choice', 'c', 'form.choice_invalid'],
      ['checkbox', 'yes', true],
      ['checkbox', 'on', 'form.must_be_ticked'],
      ['text', 'a\u0000b', 'form.line_invalid'],
      ['text', 'x'.repeat(1001), 'form.line_invalid'],
      ['username', 'x'.repeat(151), 'form.line_invalid'],
    ]
    for (const [type, typed, expected] of cases) {
      const result = await answer([{ field_key: 'it', type, choices }], { it: typed })
      const got = ended(result) === 'ok' ? learnt(result, answers)?.it : errorsOf(result)[0]?.text
      assert.deepEqual(got, expected, `${type} ${typed.slice(0, 20)}`)
    }
  })

  it('leaves an empty answer empty where it is not required', async () => {
    const result = await answer(
      [
        { field_key: 'n', type: 'number', required: false },
        { field_key: 'd', type: 'date', required: false },
        { field_key: 'c', type: 'checkbox', required: false },
      ],
      {},
    )
    assert.deepEqual(learnt(result, answers), { n: null, d: '', c: false })
  })

  it('keeps a password as a hash alone, and never among the answers or in the page', async () => {
    const fields = [{ field_key: 'password', type: 'password' }, { field_key: 'name' }]
    const secret = 'a long enough secret'
    const result = await answer(fields, { password: secret, password_repeat: secret, name: 'Ana' })
    assert.equal(learnt(result, newPasswordHash), 'hash(20)')
    assert.deepEqual(learnt(result, answers), { name: 'Ana' })
    const wrong = await answer(fields, { password: secret, password_repeat: 'another', name: 'Ana' })
    assert.deepEqual(errorsOf(wrong), [{ field: 'password_repeat', text: 'password.not_repeated' }])
    const view = stageView({ errors: errorsOf(wrong), values: { go: 'on', name: 'Ana', password: secret } })
    assert.doesNotMatch(pageOf(prompt, askOf(wrong), view), new RegExp(secret))
  })

  it('says how a password is weak at the field that asked for it', async () => {
    const fields = [{ field_key: 'secret', type: 'password' }]
    const result = await answer(fields, { secret: 'short', secret_repeat: 'short' })
    assert.deepEqual(errorsOf(result), [{ field: 'secret', text: 'password.too_short', values: { count: '10' } }])
  })

  it("takes a user name that is free or one's own, and no other", async () => {
    const fields = [{ field_key: 'username', type: 'username' }]
    assert.deepEqual(errorsOf(await answer(fields, { username: ' ANA' })), [
      { field: 'username', text: 'form.username_taken' },
    ])
    const own = { signedIn: ana, purpose: 'settings' } as const
    assert.equal(ended(await answer(fields, { username: 'ana' }, own)), 'ok')
    assert.equal(ended(await answer(fields, { username: 'free' })), 'ok')
  })

  it('H06 refuses answers where a check is false or fails, and takes them where all are true', async () => {
    const fields = [{ field_key: 'email' }]
    const check = (expression: string) => ({
      validation: [{ expression, message: 'Not this one.', field_key: 'email' }],
    })
    const refused = [{ field: 'email', text: 'prompt.refused', values: { message: 'Not this one.' } }]
    const email = { email: 'ana@example.com' }
    const ofUs = check('answers.email.endsWith("@example.com")')
    assert.equal(ended(await answer(fields, email, {}, ofUs)), 'ok')
    assert.deepEqual(errorsOf(await answer(fields, { email: 'a@evil.example' }, {}, ofUs)), refused)
    assert.deepEqual(errorsOf(await answer(fields, email, {}, check('answers.missing.size() > 1'))), refused)
    assert.deepEqual(errorsOf(await answer(fields, email, {}, check('"yes"'))), refused)
  })

  it('begins with what an expression gives, and empty where it fails', async () => {
    const fields = [
      { field_key: 'name', initial_value_expression: 'user.name' },
      { field_key: 'other', initial_value_expression: 'user.attributes.missing', initial_value: 'plain' },
    ]
    const ask = askOf(await prompt.open(about(fields, { signedIn: ana, purpose: 'settings' })))
    assert.deepEqual(
      (ask.fields as { value: string }[]).map((field) => field.value),
      ['Ana Horvat', ''],
    )
  })

  it('adds to what an earlier prompt was told', async () => {
    const facts = { 'prompt.answers': { name: 'Ana', attributes: { a: 1 } } }
    const result = await answer([{ field_key: 'attributes.b' }], { 'attributes.b': '2' }, { facts })
    assert.deepEqual(learnt(result, answers), { name: 'Ana', attributes: { a: 1, b: '2' } })
  })

  it('says to try again in a moment where too much is going on', async () => {
    const context = stageContext(
      prompt,
      { ...stageWorld(), busy: true },
      {},
      {
        fields: [{ field_key: 'password', type: 'password' }],
      },
    )
    const secret = 'a long enough secret'
    const result = await prompt.answer(context, { go: 'on', password: secret, password_repeat: secret })
    assert.deepEqual(errorsOf(result), [{ field: null, text: 'form.busy' }])
  })

  it('L05 shows what an administrator and the person wrote as text, in every kind of field', async () => {
    const types = [
      'text',
      'email',
      'username',
      'password',
      'checkbox',
      'choice',
      'number',
      'date',
      'static',
      'separator',
    ]
    const evil = '<img src=x>"\''
    const fields = types.map((type) => ({
      field_key: `k_${type}`,
      type,
      label: evil,
      sub_text: evil,
      placeholder: evil,
      initial_value: evil,
      choices: [{ value: evil, label: evil }],
    }))
    const ask = askOf(await prompt.open(about(fields, {}, { title: evil, text: evil, button: evil })))
    const values = { go: 'on', k_text: evil }
    assert.doesNotMatch(pageOf(prompt, ask, stageView({ values })), /<img/)
  })

  it('keeps what was typed beside the error, and ties the error to its field', async () => {
    const fields = [
      { field_key: 'email', type: 'email', label: 'Mail' },
      { field_key: 'team', type: 'choice', choices: [{ value: 'a' }] },
    ]
    const wrong = await answer(fields, { email: 'x', team: 'a' })
    const view = stageView({ errors: errorsOf(wrong), values: { go: 'on', email: 'x', team: 'a' } })
    const page = pageOf(prompt, askOf(wrong), view)
    assert.match(page, /id="f-email" name="email" value="x"[^>]* aria-invalid="true" aria-describedby="f-email-err"/)
    assert.match(page, /id="f-email-err"/)
    assert.match(page, /value="a" required checked/)
  })

  it('takes the further types of fields as what they are', async () => {
    const choices = [{ value: 'a' }, { value: 'b' }]
    const fields = [
      { field_key: 'about', type: 'text_area' },
      { field_key: 'team', type: 'dropdown', choices },
      { field_key: 'locale', type: 'locale' },
      { field_key: 'at', type: 'date_time' },
    ]
    const input = { about: 'one\r\ntwo\tthree ', team: 'b', locale: 'de', at: '2030-02-28T23:59' }
    assert.deepEqual(learnt(await answer(fields, input), answers), { ...input, about: 'one\ntwo\tthree' })
    for (const [key, value] of [
      ['about', 'nul\u0000'],
      ['about', 'x'.repeat(4001)],
      ['team', 'c'],
      ['locale', 'xx'],
      ['locale', '../en'],
      ['at', '2030-02-30T10:00'],
      ['at', '2030-02-28T24:00'],
      ['at', '2030-02-28'],
    ] as const) {
      assert.deepEqual(
        errorsOf(await answer(fields, { ...input, [key]: value })).map((one) => one.field),
        [key],
        value,
      )
    }
  })

  it('H12 keeps the value of a field that is only to be read, whatever comes back', async () => {
    const fields = [
      { field_key: 'plan', type: 'text_read_only', initial_value: 'basic' },
      { field_key: 'note', type: 'text_area_read_only', initial_value: 'as agreed' },
    ]
    const result = await answer(fields, { plan: 'gold', note: 'free' })
    assert.deepEqual(learnt(result, answers), { plan: 'basic', note: 'as agreed' })
    const page = pageOf(prompt, askOf(await prompt.open(about(fields))))
    assert.match(page, /value="basic" readonly|readonly/)
  })

  it('holds texts and numbers to the bounds of their field, counted as people count', async () => {
    const text = [{ field_key: 'nick', min_length: 2, max_length: 3 }]
    const number = [{ field_key: 'seats', type: 'number', minimum: 1, maximum: 5 }]
    for (const [fields, input, fault] of [
      [text, { nick: 'a' }, 'form.too_short'],
      [text, { nick: 'abcd' }, 'form.too_long'],
      [text, { nick: '\u{1F600}\u{1F600}\u{1F600}' }, null],
      [number, { seats: '0' }, 'form.too_small'],
      [number, { seats: '5.5' }, 'form.too_large'],
      [number, { seats: '5' }, null],
    ] as const) {
      const result = await answer([...fields], { ...input })
      assert.equal(errorsOf(result)[0]?.text ?? null, fault, JSON.stringify(input))
    }
  })

  it('offers every language, with the one held chosen, whatever country it was held with', async () => {
    for (const [held, chosen] of [
      ['pt-PT', '<option value="pt-BR" selected>'],
      ['de-AT', '<option value="de" selected>'],
    ] as const) {
      const fields = [{ field_key: 'locale', type: 'locale', initial_value: held }]
      assert.ok(pageOf(prompt, askOf(await prompt.open(about(fields)))).includes(chosen), held)
    }
    const unknown = [{ field_key: 'locale', type: 'locale', initial_value: 'eo' }]
    assert.doesNotMatch(pageOf(prompt, askOf(await prompt.open(about(unknown)))), /value="[^"]+" selected/)
    assert.deepEqual(learnt(await answer(unknown, { locale: 'zh-Hans' }), answers), { locale: 'zh-Hans' })
  })

  it('draws every type of field with its label, and what was typed stays', async () => {
    const fields = ['text_area', 'dropdown', 'locale', 'date_time', 'text_read_only'].map((type) => ({
      field_key: `f_${type}`,
      type,
      label: `Label of ${type}`,
      choices: [{ value: 'a', label: 'Anna' }],
    }))
    const ask = askOf(await prompt.open(about(fields)))
    const page = pageOf(
      prompt,
      ask,
      stageView({ values: { go: 'on', f_text_area: '<b>', f_dropdown: 'a', f_locale: 'de' } }),
    )
    for (const { field_key, label } of fields) {
      assert.match(page, new RegExp(`<label for="f-${field_key}">${label}`))
    }
    assert.match(page, /&lt;b&gt;<\/textarea>/)
    assert.match(page, /<option value="a" selected>Anna/)
    assert.match(page, /<option value="de" selected>Deutsch/)
  })
})
