// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"fmt"
	"net/http"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
)

// nsx is an NSX as what a call is sent to.
type nsx struct{ *acctest.NSX }

// ExpireSessions implements Server.
func (n nsx) ExpireSessions() { n.Manager.ExpireSessions(http.StatusUnauthorized) }

// sessionGone ends all sessions with NSX before the call, as the manager does with those that are idle.
func sessionGone(at Server, next http.Handler, w http.ResponseWriter, r *http.Request) {
	at.ExpireSessions()
	next.ServeHTTP(w, r)
}

// refused is an answer that no client repeats by itself: to a read that the manager is in trouble, to a write that it is not allowed.
func refused(_ Server, _ http.Handler, w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		answerNSX(w, http.StatusInternalServerError, "INTERNAL_SERVER_ERROR", 100, "an unexpected error occurred")
		return
	}
	answerNSX(w, http.StatusBadRequest, "BAD_REQUEST", 258, "the operation is not allowed now")
}

// busy answers a read with the refusal of a client that asks too often, and a write as if somebody had changed the object since.
func busy(_ Server, next http.Handler, w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodPut, http.MethodDelete:
		answerNSX(w, http.StatusPreconditionFailed, "PRECONDITION_FAILED", 500071, "the object was changed: fetch the latest copy and retry")
	case http.MethodGet:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte(`{"module_name":"common-services","error_message":"the client exceeds its rate","error_code":"102"}`))
	default: // a login: it is refused for a moment
		unavailable(nil, next, w, r)
	}
}

// answerNSX refuses a call as the Policy API does.
func answerNSX(w http.ResponseWriter, status int, name string, code int, said string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"httpStatus":%q,"error_code":%d,"module_name":"policy","error_message":%q}`, name, code, said)
}
