/**
 * The settings of an OpenID Connect provider. Names of client settings are RFC 7591's, the rest authentik's. One client
 * stands at the top; more of them, under the same issuer, in `clients`.
 */
import { Closed, Duration, Expression, Line, Ref, type Static, Type } from '../../../base/schema.ts'
import { SecretReference } from '../../../base/secret-reference.ts'
import { SUB_MODES } from '../../../protocol/oidc/claims/subject.ts'
import { CLIENT_AUTH_METHODS, GRANT_TYPES, RESPONSE_TYPES } from '../../../protocol/oidc/client.ts'

const ClientId = (options: object = {}) =>
  Type.String({ pattern: '^[\\x21-\\x7e]+$', maxLength: 255, description: 'Unique in the instance.', ...options })

const RedirectUri = Type.Union([
  Type.String({ minLength: 1, maxLength: 2048, description: 'The exact address.' }),
  Closed({
    regex: Type.String({
      minLength: 1,
      maxLength: 1024,
      description: 'A pattern (RE2) that a whole http or https address must match.',
    }),
  }),
])

const clientSettings = {
  client_secret: Type.Optional(SecretReference({ description: 'The secret of a confidential client.' })),
  client_name: Type.Optional(Line({ description: "Shown at consent; the application's name unless given." })),
  redirect_uris: Type.Array(RedirectUri, {
    default: [],
    maxItems: 100,
    description: 'Where answers may go. Nothing is added by first use.',
  }),
  post_logout_redirect_uris: Type.Array(Type.String({ minLength: 1, maxLength: 2048 }), {
    default: [],
    maxItems: 100,
    description: 'Where the browser may go after signing out; exact addresses.',
  }),
  token_endpoint_auth_method: Type.Optional(
    Type.Enum([...CLIENT_AUTH_METHODS], {
      description: 'How the client authenticates. `none` makes it public; unset, Basic and form are both taken.',
    }),
  ),
  grant_types: Type.Array(Type.Enum([...GRANT_TYPES]), {
    default: ['authorization_code', 'refresh_token'],
    description: 'What the client may use at the token endpoint.',
  }),
  response_types: Type.Array(Type.Enum([...RESPONSE_TYPES]), { default: ['code'] }),
  application_type: Type.Enum(['web', 'native'], {
    default: 'web',
    description: 'For `native`, the port of a loopback address is free (RFC 8252).',
  }),
  require_pkce: Type.Optional(
    Type.Boolean({
      description: 'Refuse requests without a code challenge. Public clients: yes unless said otherwise.',
    }),
  ),
}

const ClientConfig = Closed({ client_id: ClientId(), ...clientSettings })
export type ClientConfig = Static<typeof ClientConfig>

// RFC 6749 §3.3, without the characters that have a meaning in JSON pointers of our issues.
const SCOPE_NAME = '^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,128}$'
const CLAIM_NAME = '^[\\x21-\\x7e]{1,128}$'

const Claims = (description: string) =>
  Type.Record(Type.String({ pattern: CLAIM_NAME }), Expression(), {
    additionalProperties: false,
    default: {},
    description,
  })

const Scope = Closed({
  description: Type.Optional(Line({ description: 'What the consent page says; empty: nothing.' })),
  claims: Claims('Claims that come with the scope: name to CEL expression. A null is left out.'),
})

const Consent = Closed(
  {
    mode: Type.Enum(['implicit', 'remember', 'always'], {
      default: 'implicit',
      description: 'Never ask, ask once and remember, or ask each time.',
    }),
    validity: Type.Optional(Duration({ description: 'How long a yes is remembered; for ever unless given.' })),
  },
  { default: {} },
)

const Compatibility = Closed(
  {
    pkce_plain: Type.Boolean({ default: false, description: 'Take the code challenge method `plain` too.' }),
    invalid_client_400: Type.Boolean({
      default: false,
      description: 'Answer a failed client authentication with 400 instead of 401.',
    }),
    empty_scope_is_all: Type.Boolean({
      default: false,
      description: 'Take a request without `scope` as one for every scope but offline_access.',
    }),
    app_password_alone: Type.Boolean({
      default: false,
      description: "Take a service account's app password without the client's secret.",
    }),
    logout_by_application: Type.Boolean({
      default: false,
      description: 'A sign-out that names no client is one of the client at the top.',
    }),
  },
  { default: {}, description: "Laxer behaviour that authentik's clients may need; each off unless switched on." },
)

export const OidcConfig = Closed({
  client_id: Type.Optional(ClientId()),
  ...clientSettings,
  clients: Type.Record(Type.String({ pattern: '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$' }), ClientConfig, {
    additionalProperties: false,
    default: {},
    description: 'More clients under the same issuer, by a name of your own.',
  }),
  issuer_mode: Type.Enum(['per_provider', 'global'], { default: 'per_provider' }),
  sub_mode: Type.Enum([...SUB_MODES], { default: 'hashed_user_id' }),
  signing_key: Ref('keypairs', { default: 'default-rs256' }),
  access_code_validity: Duration({ default: '1m' }),
  access_token_validity: Duration({ default: '1h' }),
  refresh_token_validity: Duration({ default: '30d' }),
  include_claims_in_id_token: Type.Boolean({
    default: true,
    description: "Put the scopes' claims into ID and access tokens, not only into userinfo.",
  }),
  scopes: Type.Record(Type.String({ pattern: SCOPE_NAME }), Scope, {
    additionalProperties: false,
    default: {},
    description: 'Scopes beside the built-in ones, or more claims for those.',
  }),
  claims: Claims('Claims that replace those of the same name; one that no scope has comes with `openid`.'),
  consent: Consent,
  compatibility: Compatibility,
})
export type OidcConfig = Static<typeof OidcConfig>

/** Every client of the settings with where it stands in them; the one at the top first. */
export const clientsOf = (config: OidcConfig): { readonly path: string; readonly client: ClientConfig }[] => {
  const { client_id: id } = config
  const top = id === undefined ? [] : [{ path: '', client: { ...topClient(config), client_id: id } }]
  return [...top, ...Object.entries(config.clients).map(([name, client]) => ({ path: `clients.${name}.`, client }))]
}

const topClient = (config: OidcConfig): Omit<ClientConfig, 'client_id'> => ({
  redirect_uris: config.redirect_uris,
  post_logout_redirect_uris: config.post_logout_redirect_uris,
  grant_types: config.grant_types,
  response_types: config.response_types,
  application_type: config.application_type,
  ...(config.client_secret === undefined ? {} : { client_secret: config.client_secret }),
  ...(config.client_name === undefined ? {} : { client_name: config.client_name }),
  ...(config.token_endpoint_auth_method === undefined
    ? {}
    : { token_endpoint_auth_method: config.token_endpoint_auth_method }),
  ...(config.require_pkce === undefined ? {} : { require_pkce: config.require_pkce }),
})
