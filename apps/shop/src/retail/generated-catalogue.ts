import { draws, pick } from './draws.ts'
import { atShare } from './quantiles.ts'
import { ARTICLES, PRICES } from './retail-facts.ts'

/** An article of the shop. `unitPriceMinor` is in pence. */
export interface Article {
  readonly sku: string
  readonly description: string
  readonly unitPriceMinor: number
}

const FIRST_SKU = 20_001

const LOOKS = [
  'RED',
  'BLUE',
  'PINK',
  'IVORY',
  'BLACK',
  'GREEN',
  'WHITE',
  'ANTIQUE',
  'VINTAGE',
  'REGENCY',
  'WOODEN',
  'GLASS',
]
const PATTERNS = [
  'POLKADOT',
  'SPOTTY',
  'STRAWBERRY',
  'PAISLEY',
  'HEART',
  'STAR',
  'ROSE',
  'CHRISTMAS',
  'WOODLAND',
  'GINGHAM',
]
const THINGS = [
  'BOWL',
  'MUG',
  'TEAPOT',
  'LANTERN',
  'CAKESTAND',
  'LUNCH BAG',
  'BUNTING',
  'UMBRELLA',
  'PHOTO FRAME',
  'NAPKINS',
  'CANDLE HOLDER',
  'CUSHION COVER',
  'DOORMAT',
  'HOT WATER BOTTLE',
  'JAM JAR',
  'WRAPPING PAPER',
  'TEA TOWEL',
  'ALARM CLOCK',
  'GIFT TAGS',
  'DRAWER KNOB',
  'MONEY BOX',
  'SEWING KIT',
  'BIRTHDAY CARD',
  'TOY TRAIN',
  'APRON',
]

/**
 * A made-up catalogue with the size and prices of the real one, most wanted article first. The same seed makes the same.
 */
export function generatedCatalogue(seed: number): readonly Article[] {
  const draw = draws(seed, 'catalogue')
  return Array.from({ length: ARTICLES }, (_, index) => ({
    sku: String(FIRST_SKU + index),
    description: `${pick(LOOKS, draw)} ${pick(PATTERNS, draw)} ${pick(THINGS, draw)}`,
    unitPriceMinor: atShare(PRICES, draw()),
  }))
}
