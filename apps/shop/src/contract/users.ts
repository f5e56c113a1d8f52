/**
 * users `POST /sessions`: either `{ email, password }` (scrypt, in its own bulkhead) or `{ refreshToken }` (verified, no
 * hashing). 200 {@link Session}; 401 `SIGN_IN_FAILED`; 429 with `retry-after` when the hashing bulkhead is full.
 * users `POST /users` `{ email, password }`: 201 `{ userId }`, also when it is repeated; 409 `EMAIL_TAKEN`: the address has another password.
 * users `GET /.well-known/jwks.json`: the keys the gateway verifies access tokens with (EdDSA).
 * gateway `POST /sign-in` and `POST /sign-up` pass on to these two.
 */
export interface Session {
  readonly accessToken: string
  readonly refreshToken: string
  /** Seconds until the access token expires. */
  readonly expiresIn: number
}

/** The account of the shop's own order desk, which may place orders for any customer (scope `orders:any`); made at the first start. */
export const ORDER_DESK = { email: 'desk@shop.example', password: 'valentine' } as const

/** The scope to place, and see, orders of any customer. */
export const ORDERS_ANY = 'orders:any'

/** What the tokens say of themselves: who made them, whom they are for, and the `typ` of those that open doors. */
export const ISSUER = 'watertight-shop-users'
export const SHOP = 'watertight-shop'
export const ACCESS_TOKEN = 'at+jwt'
