// A certified OpenID provider for the tests of sign-in. Settings come as one JSON argument; the first line of standard
// output is the issuer, once it listens. It stops when its standard input closes, so that it cannot outlive the tests.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const { redirect_uri, client_jwk, accounts } = JSON.parse(process.argv[2]);
const server = createServer();

server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'cara',
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: [client_jwk] },
        redirect_uris: [redirect_uri],
        post_logout_redirect_uris: [redirect_uri],
      },
      {
        client_id: 'cara-secret',
        client_secret: 'practice-secret',
        redirect_uris: [redirect_uri],
      },
    ],
    claims: { openid: ['sub', 'groups'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['practice'] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_, id) => accounts[id] && { accountId: id, claims: () => ({ sub: id, ...accounts[id] }) },
    interactions: { url: (_, interaction) => `/as/${interaction.uid}` },
    pkce: { required: () => true },
    ttl: { AccessToken: 300, AuthorizationCode: 60, IdToken: 300, Interaction: 300, Session: 300, Grant: 300 },
  });

  // The whole interaction: whoever the login hint names is signed in, and consents.
  const answer = async (request, response) => {
    const { params, prompt, session } = await provider.interactionDetails(request, response);
    if (prompt.name === 'login') {
      return provider.interactionFinished(request, response, { login: { accountId: params.login_hint } });
    }
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
  };
  const speak = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url.startsWith('/as/')) return speak(request, response);
    return answer(request, response).catch(() => response.writeHead(400).end());
  });
  console.log(issuer);
});

process.stdin.on('end', () => process.exit(0)).resume();
