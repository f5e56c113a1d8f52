/** Plain data: what JSON can say. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject

/** Plain data by name. */
export type JsonObject = { readonly [key: string]: JsonValue | undefined }
