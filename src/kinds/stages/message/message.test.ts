import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { askOf, ended, pageOf, stageContext, stageView, stageWorld } from '../../../../test/support/stage-world.ts'
import { translator } from '../../../pages/texts.ts'
import { message } from './index.ts'

const about = (settings = {}) => stageContext(message, stageWorld(), {}, settings)

describe('message', () => {
  it('H01 stays until its button was pressed', async () => {
    for (const input of [{}, { go: '' }, { other: 'on' }]) {
      assert.equal(ended(await message.answer(about(), input)), null)
    }
    assert.equal(ended(await message.answer(about(), { go: 'on' })), 'ok')
  })

  it('L05 shows its text as text, a paragraph for each part', async () => {
    const settings = { title: 'News', text: 'One <img src=x>\n\nTwo', button: 'Understood' }
    const page = pageOf(message, askOf(await message.open(about(settings))))
    assert.match(page, /<p dir="auto">One &lt;img src=x&gt;<\/p><p dir="auto">Two<\/p>/)
    assert.match(page, /name="go" value="on">Understood</)
  })

  it('says words of the house in the language of whoever reads them', async () => {
    const asked = askOf(await message.open(about({ says: 'password_changed' })))
    assert.match(pageOf(message, asked), /Your password is changed/)
    assert.match(pageOf(message, asked, stageView({}, translator('de'))), /Ihr Passwort ist geändert/)
  })
})
