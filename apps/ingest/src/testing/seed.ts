/** The product text's example of an event, letter for letter. */
export const seed = `{
"event_name": "Song played",
"properties": {
"song_id": "12345",
"artist": "The Beatles",
"album": "Abbey Road",
"duration": 240,
"billingrails_account_id": "acct_67890"
},
"idempotency_key": "unique_event_id_12345",
"timestamp": "2023-10-01T12:00:00Z"
}`;
