import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { House } from '../../../../test/support/oidc-house.ts'
import { auth, error, house, isActive, post, type Sent, verified } from '../../../../test/support/oidc-walk.ts'

const machine = { grant_types: ['client_credentials', 'password'] }
const credentials = { grant_type: 'client_credentials', ...auth }

test('A35 a client acting for itself gets configured scopes, no ID token and no refresh token', async () => {
  const home = house(machine)
  const { status, body } = await post(home, { ...credentials, scope: 'openid email admin:all offline_access' })
  assert.equal(status, 200)
  assert.deepEqual([body.scope, body.id_token, body.refresh_token], ['email', undefined, undefined])
  const { payload } = await verified(body.access_token)
  assert.deepEqual([payload.sub, payload.client_id, payload.amr, payload.sid], ['app', 'app', undefined, undefined])
  assert.equal(await isActive(home, body.access_token), true)
})

const withBot = (home: House, over: object = {}) => {
  const bot = home.addPerson({ username: 'bot', kind: 'service_account', ...over })
  home.appPasswords.set('bot app-password', bot.user.id)
  return bot
}
const asBot = { ...credentials, username: 'bot', password: 'app-password', scope: 'openid profile' }

test('a service account gets a token by its app password, where the rules let it in', async () => {
  const home = house(machine, { allow: { users: ['bot'] } })
  withBot(home)
  const { status, body } = await post(home, asBot)
  assert.equal(status, 200)
  assert.equal((await verified(body.access_token)).payload.preferred_username, 'bot')
  assert.deepEqual((await verified(body.id_token)).payload.amr, ['pwd'])
  assert.equal((await post(home, { ...asBot, grant_type: 'password' })).status, 200)
})

test('A44 a service account that is off, shut out, short of a factor or wrong gets the same refusal', async () => {
  const ask = async (access: unknown, over: object, sent: Sent = asBot) => {
    const home = house(machine, access)
    withBot(home, over)
    const answer = await post(home, sent)
    assert.equal(home.grants.size, 0)
    return answer
  }
  const allowed = { allow: { users: ['bot'] } }
  const wrong = await ask(allowed, {}, { ...asBot, password: 'wrong' })
  assert.equal(error(wrong), '400 invalid_grant')
  for (const answer of [
    await ask(allowed, { active: false }),
    await ask(undefined, {}),
    await ask({ ...allowed, assurance: { mfa: 'required' } }, {}),
    await ask(allowed, {}, { ...asBot, username: 'nobody' }),
  ]) {
    assert.deepEqual(answer, wrong)
  }
})

test('A44 the token of a service account dies with the account', async () => {
  const home = house(machine, { allow: { users: ['bot'] } })
  const bot = withBot(home)
  const { body } = await post(home, asBot)
  assert.equal(await isActive(home, body.access_token), true)
  home.change(bot, { active: false })
  assert.equal(await isActive(home, body.access_token), false)
})

test('A53 an app password without the client secret is taken only where that is switched on', async () => {
  const sent = { ...asBot, client_secret: '' }
  const access = { allow: { users: ['bot'] } }
  const strict = house(machine, access)
  withBot(strict)
  assert.equal(error(await post(strict, sent)), '401 invalid_client')
  const lax = house({ ...machine, compatibility: { app_password_alone: true } }, access)
  withBot(lax)
  assert.equal((await post(lax, sent)).status, 200)
  assert.equal(error(await post(lax, { ...credentials, client_secret: '' })), '401 invalid_client')
})
