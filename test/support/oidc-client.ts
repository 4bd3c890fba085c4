/** A client as the engine's tests want it: complete, and different in what each of them is about. */
import { secret } from '../../src/base/secret.ts'
import type { Client } from '../../src/protocol/oidc/client.ts'

export const makeClient = (over: Partial<Client> = {}): Client => ({
  id: 'app',
  name: null,
  secret: secret('the secret'),
  authMethods: ['client_secret_basic', 'client_secret_post'],
  redirectRules: [{ exact: 'https://app.example.com/cb' }],
  postLogoutRedirectUris: [],
  grantTypes: ['authorization_code', 'refresh_token'],
  responseTypes: ['code'],
  native: false,
  requirePkce: false,
  plainPkce: false,
  emptyScopeIsAll: false,
  appPasswordAlone: false,
  scopes: ['openid', 'email', 'profile', 'offline_access'],
  ...over,
})
