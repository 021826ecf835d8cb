//! Short lists of real words, each one string with the entries between commas.
//!
//! They are general knowledge, kept short on purpose: what matters is the shape of the words, and a
//! column takes only a dozen from its list.

/// The entries of a list.
pub(super) fn entries(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split(", ")
}

pub(super) const FIRST_NAMES: &str = "Ada, Ahmed, Alice, Amara, Anna, Ben, Carlos, Chen, Clara, \
    David, Elena, Emil, Eva, Fatima, Felix, Grace, Hans, Hugo, Ines, Ivan, James, Jan, Jose, \
    Julia, Kenji, Lars, Leila, Li, Lucy, Maria, Marco, Mei, Nadia, Noah, Olga, Omar, Paul, Priya, \
    Rosa, Ruth, Sam, Sofia, Tariq, Tom, Uma, Victor, Wendy, Yuki, Zoe";

pub(super) const SURNAMES: &str = "Adams, Ali, Andersen, Baker, Becker, Bell, Berg, Brown, \
    Castro, Chen, Clarke, Costa, Cruz, Diaz, Dubois, Evans, Fischer, Garcia, Green, Gupta, Hall, \
    Hansen, Harris, Hughes, Ito, Ivanov, Jones, Kaur, Keller, Khan, Kim, Kowalski, Larsen, Lee, \
    Lopez, Martin, Meyer, Moore, Moreau, Murphy, Nakamura, Nguyen, Novak, O'Brien, Okafor, Patel, \
    Petrov, Popescu, Reed, Ricci, Rossi, Sato, Schmidt, Silva, Singh, Smith, Tanaka, Taylor, \
    Turner, Vogel, Wagner, Walker, Wang, White, Wilson, Wong, Young, Zhang";

pub(super) const TOWNS: &str = "Aachen, Aberdeen, Bergen, Bilbao, Bologna, Brno, Cairo, Cardiff, \
    Cork, Dakar, Dallas, Delhi, Durban, El Paso, Fargo, Gdansk, Geneva, Ghent, Graz, Hanoi, \
    Helsinki, Izmir, Jaipur, Kyoto, La Paz, Lagos, Leeds, Lima, Lisbon, Lyon, Malmo, Miami, \
    Minsk, Mumbai, Nairobi, New York, Oslo, Ottawa, Perth, Pune, Quito, Reno, Riga, San Jose, \
    Seoul, Sofia, St. Gallen, Sydney, Tampa, Tunis, Turin, Utrecht, Vienna, Warsaw, Xi'an, York, \
    Zurich";

pub(super) const COUNTRIES: &str = "Albania, Algeria, Argentina, Australia, Austria, Bangladesh, \
    Belgium, Brazil, Canada, Chile, China, Colombia, Costa Rica, Croatia, Cuba, Denmark, Egypt, \
    Estonia, Finland, France, Germany, Ghana, Greece, Guinea-Bissau, Hungary, Iceland, India, \
    Iran, Ireland, Italy, Japan, Jordan, Kenya, Korea, Latvia, Mali, Mexico, Nepal, New Zealand, \
    Nigeria, Norway, Oman, Peru, Poland, Portugal, Romania, Saudi Arabia, Senegal, Spain, \
    Sri Lanka, Sweden, Thailand, Togo, Turkey, USA, Vietnam, Zambia";

pub(super) const COUNTRY_CODES: &str = "AE, AR, AT, AU, BE, BG, BR, CA, CH, CL, CN, CO, CZ, DE, \
    DK, EE, EG, ES, FI, FR, GB, GR, HK, HR, HU, ID, IE, IL, IN, IS, IT, JP, KE, KR, LT, LU, LV, \
    MA, MX, MY, NG, NL, NO, NZ, PE, PH, PK, PL, PT, RO, RS, RU, SA, SE, SG, SI, SK, TH, TR, UA, \
    US, VN, ZA";

pub(super) const COUNTRY_TRIPLES: &str = "ARG, AUS, AUT, BEL, BGD, BGR, BOL, BRA, CAN, CHE, CHL, \
    COL, CRI, CUB, CZE, DEU, DNK, ECU, EGY, ESP, EST, ETH, FIN, FRA, GBR, GRC, HRV, HUN, IDN, \
    IND, IRL, IRQ, ISL, ISR, ITA, JPN, KAZ, KEN, LBN, LKA, LTU, MAR, MDG, MEX, MLI, MYS, NGA, \
    NLD, NOR, NZL, PAK, PER, PHL, PRT, QAT, ROU, RUS, SEN, SVK, SVN, SWE, THA, TUN, TUR, TZA, \
    UGA, UKR, URY, USA, VEN, ZMB, ZWE";

pub(super) const STATES: &str = "AK, AL, AR, AZ, CA, CO, CT, DE, FL, GA, HI, IA, ID, IL, IN, KS, \
    KY, LA, MA, MD, ME, MI, MN, MO, MS, MT, NC, ND, NE, NH, NJ, NM, NV, NY, OH, OK, OR, PA, RI, \
    SC, SD, TN, TX, UT, VA, VT, WA, WI, WV, WY";

pub(super) const LANGUAGE_CODES: &str = "ar, bg, bn, ca, cs, cy, da, de, el, en, es, et, eu, fa, \
    fi, fr, ga, gl, he, hi, hr, hu, id, is, it, ja, ka, ko, lt, lv, mk, ms, nb, nl, pl, pt, ro, \
    ru, sk, sl, sq, sr, sv, sw, ta, th, tl, tr, uk, ur, vi, zh";

pub(super) const LANGUAGES: &str = "Arabic, Basque, Bengali, Catalan, Chinese, Czech, Danish, \
    Dutch, English, Finnish, French, Georgian, German, Greek, Hebrew, Hindi, Irish, Italian, \
    Japanese, Korean, Latin, Malay, Norwegian, Persian, Polish, Portuguese, Russian, Spanish, \
    Swahili, Swedish, Tamil, Thai, Turkish, Urdu, Welsh, Yoruba";

pub(super) const CURRENCIES: &str = "AED, AUD, BRL, CAD, CHF, CLP, CNY, CZK, DKK, EUR, GBP, HKD, \
    HUF, IDR, ILS, INR, JPY, KRW, MXN, MYR, NOK, NZD, PLN, RON, RUB, SEK, SGD, THB, TRY, USD, ZAR";

pub(super) const AIRPORTS: &str = "AMS, ARN, ATL, BCN, BKK, BOS, BRU, CDG, CPH, DEN, DFW, DUB, \
    DXB, EWR, EZE, FCO, FRA, GRU, GVA, HEL, HKG, HND, IAD, ICN, IST, JFK, LAX, LHR, LIS, MAD, \
    MEX, MIA, MUC, NRT, ORD, OSL, PEK, PRG, SEA, SFO, SIN, SYD, VIE, WAW, YUL, YYZ, ZRH";

pub(super) const MONTHS: &str = "January, February, March, April, May, June, July, August, \
    September, October, November, December";

pub(super) const WEEKDAYS: &str = "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday";

pub(super) const ANIMALS: &str = "ant, badger, bat, bear, beaver, bee, bison, boar, cat, cod, \
    cow, crab, crow, deer, dog, dolphin, duck, eagle, eel, elk, falcon, fox, frog, goat, goose, \
    grey wolf, hare, hawk, hen, heron, horse, lion, lynx, mole, moose, mouse, newt, otter, owl, \
    ox, pig, polar bear, pony, rabbit, rat, red kite, robin, sea bass, seal, sheep, snail, \
    sparrow, swan, toad, trout, vole, wasp, whale, wren, zebra";

pub(super) const PLANTS: &str = "alder, apple, ash, aspen, bamboo, barley, beech, birch, cedar, \
    cherry, clover, cotton, daisy, elder, elm, fern, fir, flax, grass, hazel, heather, holly, \
    iris, ivy, juniper, larch, lily, lime, maize, maple, moss, nettle, oak, oat, olive, pine, \
    plum, poplar, reed, rice, rose, rye, sage, scots pine, soy, spruce, sweet pea, teak, thyme, \
    vine, wheat, willow, yew";

pub(super) const FOODS: &str = "apples, bacon, beans, beef, beer, bread, butter, cake, carrots, \
    cheese, chicken, chips, chocolate, coffee, cream, eggs, fish, flour, garlic, grapes, ham, \
    honey, ice cream, jam, juice, lamb, lemons, lentils, milk, mushrooms, noodles, nuts, \
    olive oil, onions, pasta, peas, pepper, pork, rice, salad, salt, soup, soy sauce, sugar, tea, \
    tofu, tomatoes, tuna, wine, yoghurt";

pub(super) const COLOURS: &str = "Amber, Beige, Black, Blue, Brown, Burgundy, Charcoal, Copper, \
    Cream, Crimson, Cyan, Dark blue, Gold, Green, Grey, Indigo, Ivory, Khaki, Light green, Lilac, \
    Magenta, Maroon, Mauve, Mint, Navy, Ochre, Olive, Orange, Off-white, Pink, Plum, Purple, Red, \
    Rust, Sand, Scarlet, Silver, Sky blue, Tan, Teal, Turquoise, Violet, White, Yellow";

pub(super) const MATERIALS: &str = "aluminium, asphalt, bamboo, brass, brick, bronze, cardboard, \
    carbon fibre, cast iron, ceramic, clay, concrete, copper, cork, cotton, felt, glass, gold, \
    granite, gravel, iron, lead, leather, linen, marble, MDF, nickel, nylon, paper, plaster, \
    plastic, plywood, PVC, rubber, sand, silk, silver, slate, stainless steel, steel, stone, tin, \
    titanium, vinyl, wax, wood, wool, zinc";

pub(super) const JOBS: &str = "Accountant, Actor, Architect, Baker, Barber, Builder, Butcher, \
    Carpenter, Chef, Civil engineer, Clerk, Cook, Dentist, Designer, Doctor, Driver, Economist, \
    Editor, Electrician, Farmer, Fisherman, Gardener, Guard, Journalist, Judge, Lawyer, \
    Librarian, Machinist, Manager, Mason, Mechanic, Midwife, Miner, Musician, Nurse, Painter, \
    Pharmacist, Pilot, Plumber, Police officer, Postman, Priest, Retired, Sailor, \
    Sales assistant, Scientist, Secretary, Self-employed, Social worker, Soldier, Student, \
    Tailor, Teacher, Technician, Vet, Waiter, Welder";

pub(super) const DEPARTMENTS: &str = "Accounting, Administration, Art, Biology, Chemistry, \
    Customer Service, Design, Economics, Engineering, English, Finance, Geography, History, \
    Human Resources, IT, Law, Legal, Logistics, Marketing, Maths, Medicine, Music, Nursing, \
    Operations, Philosophy, Physics, Procurement, Production, Psychology, Quality, R&D, Sales, \
    Security, Sociology, Statistics, Support, Theology, Training, Transport";

pub(super) const ELEMENTS: &str = "H, He, Li, Be, B, C, N, O, F, Ne, Na, Mg, Al, Si, P, S, Cl, \
    Ar, K, Ca, Ti, V, Cr, Mn, Fe, Co, Ni, Cu, Zn, Ga, As, Se, Br, Kr, Rb, Sr, Y, Zr, Mo, Ag, Cd, \
    Sn, Sb, Te, I, Xe, Cs, Ba, W, Pt, Au, Hg, Pb, Bi, Rn, Ra, Th, U, Pu";

pub(super) const GREEK: &str = "alpha, beta, gamma, delta, epsilon, zeta, eta, theta, iota, \
    kappa, lambda, mu, nu, xi, omicron, pi, rho, sigma, tau, upsilon, phi, chi, psi, omega";

pub(super) const ADJECTIVES: &str = "big, black, blue, bright, broken, clean, cold, dark, deep, \
    dry, early, empty, fast, fine, first, flat, fresh, golden, great, green, grey, hard, high, \
    hot, last, late, left, light, little, long, lost, low, new, old, open, quiet, red, right, \
    secret, sharp, short, silent, silver, small, soft, upper, warm, white, wide, wild, young";

pub(super) const NOUNS: &str = "apple, bell, bird, boat, bridge, castle, city, cloud, corner, \
    cross, door, dream, engine, field, fire, flower, forest, garden, gate, glass, harbour, hill, \
    house, island, king, lake, light, market, mill, mirror, moon, mountain, night, ocean, park, \
    path, queen, river, road, rock, rose, school, sea, shadow, star, stone, storm, street, \
    summer, tower, train, valley, wall, water, wheel, wind, window, winter, wood";

pub(super) const QUANTITIES: &str = "age, area, bias, bmi, class, conc, count, cost, date, dbp, \
    depth, dist, dose, dur, err, freq, gdp, group, height, id, income, index, lat, len, level, \
    lon, mass, mean, n, obs, pct, ph, pop, price, rank, rate, ratio, sbp, score, sd, se, sex, \
    site, size, speed, sum, temp, time, total, type, value, vol, weight, width, year, yield";

pub(super) const INSTRUMENTS: &str = "accordion, banjo, bass, bass guitar, bassoon, cello, \
    clarinet, drums, flute, french horn, guitar, harp, keyboard, lute, mandolin, oboe, organ, \
    percussion, piano, piccolo, recorder, saxophone, sitar, trombone, trumpet, tuba, viola, \
    violin, vocals";

pub(super) const SPORTS: &str = "Archery, Athletics, Badminton, Baseball, Basketball, Boxing, \
    Canoeing, Chess, Cricket, Curling, Cycling, Darts, Diving, Fencing, Football, Golf, \
    Gymnastics, Handball, Hockey, Ice hockey, Judo, Karate, Polo, Rowing, Rugby, Running, \
    Sailing, Shooting, Skiing, Squash, Surfing, Swimming, Table tennis, Tennis, Triathlon, \
    Volleyball, Water polo, Wrestling";

pub(super) const COUNTIES: &str = "Central, Coastal, East, Eastern, Far North, Greater, Highland, \
    Inland, Lower, Mid, Midlands, North, North East, North West, Northern, Outer, South, \
    South East, South West, Southern, Upper, West, West Coast, Western";

pub(super) const GROUND: &str = "arable, bare soil, bog, cliff, desert, dune, estuary, farmland, \
    fen, forest, garden, grassland, heath, hedge, lake, mangrove, marsh, meadow, moor, orchard, \
    pasture, peat, pond, reef, river, rock, savanna, scrub, shrubland, steppe, stream, tundra, \
    urban, water, wetland, woodland";

pub(super) const AILMENTS: &str = "acne, allergy, anaemia, anxiety, arthritis, asthma, back pain, \
    bronchitis, burn, cancer, cataract, chest pain, cold, cough, COVID-19, depression, diabetes, \
    dizziness, eczema, fatigue, fever, flu, fracture, gout, headache, hypertension, insomnia, \
    malaria, measles, migraine, mumps, nausea, obesity, pneumonia, psoriasis, rash, sepsis, \
    sprain, stroke, type 2 diabetes, ulcer, vomiting, none";
