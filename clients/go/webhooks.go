package billingrails

import (
	"encoding/json"
	"net/http"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// A WebhookEvent is what is posted to an endpoint; webhook_event.proto explains the fields.
type WebhookEvent struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	// Data is the changed thing, with its "@type". Empty for thin payloads.
	Data       json.RawMessage `json:"data"`
	ObjectID   string          `json:"object_id"`
	ObjectType string          `json:"object_type"`
	AccountID  string          `json:"account_id"`
	Sequence   int64           `json:"sequence,string"`
	CreateTime time.Time       `json:"create_time"`
	IsTest     bool            `json:"is_test"`
}

// VerifyWebhook returns the event of a webhook, once its signature has proved who sent it, at most five minutes ago. The
// body is that of the request as it came, the secret the endpoint's "whsec_…".
func VerifyWebhook(secret string, header http.Header, body []byte) (*WebhookEvent, error) {
	webhook, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return nil, err
	}
	if err := webhook.Verify(body, header); err != nil {
		return nil, err
	}
	event := &WebhookEvent{}
	if err := json.Unmarshal(body, event); err != nil {
		return nil, err
	}
	return event, nil
}
