# A Rack application with the gem that GitLab signs in by, configured as in GitLab's gitlab.rb. Prints nothing secret;
# answers the callback with what the gem handed on, as JSON.
require 'json'
require 'rack'
require 'webrick'
require 'rack/handler/webrick'
require 'omniauth'
require 'omniauth_openid_connect'

providers = JSON.parse(ENV.fetch('OMNIAUTH_PROVIDERS'), symbolize_names: true)

OmniAuth.config.path_prefix = '/users/auth'
OmniAuth.config.allowed_request_methods = [:post]
# GitLab checks its own CSRF token here; this application has none.
OmniAuth.config.request_validation_phase = nil
OmniAuth.config.silence_get_warning = true
OmniAuth.config.logger = Logger.new($stderr)
OmniAuth.config.on_failure = proc do |env|
  error = env['omniauth.error']
  body = { failed: env['omniauth.error.type'].to_s, error: error && error.message }
  [401, { 'content-type' => 'application/json' }, [JSON.generate(body)]]
end

app = Rack::Builder.new do
  use Rack::Session::Cookie, key: '_gitlab_session', secret: 'a' * 64, same_site: :lax
  use OmniAuth::Builder do
    providers.each { |provider| provider(provider[:name].to_sym, provider[:args]) }
  end
  run(proc do |env|
    auth = env['omniauth.auth']
    if auth
      body = { uid: auth.uid, info: auth.info.to_h, raw: auth.extra.raw_info }
      [200, { 'content-type' => 'application/json' }, [JSON.generate(body)]]
    else
      button = '<form method="post" action="/users/auth/openid_connect"><button>Sign in</button></form>'
      [200, { 'content-type' => 'text/html' }, [button]]
    end
  end)
end

Rack::Handler::WEBrick.run(app, Host: '127.0.0.1', Port: Integer(ENV.fetch('PORT')), AccessLog: [], Logger: WEBrick::Log.new($stderr, 1)) do |server|
  trap('TERM') { server.shutdown }
  $stdout.puts 'listening'
  $stdout.flush
end
