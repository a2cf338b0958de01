package vcsim

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/vmware/govmomi/simulator"

	"github.com/vmware/govmomi/vim25/types"
)

// beforeREST runs before every REST request. Tags leave an object with it: the simulator keeps them. It is done here
// and not when the object goes because the library simulator removes machines while it holds the lock this needs.
func (r *rules) beforeREST(w http.ResponseWriter, req *http.Request) (done bool) {
	r.rest.detachGone()
	if r.accounts.authorizeREST(w, req) {
		return true
	}
	if r.accounts.noFiles.Load() && req.Method == http.MethodPut && strings.HasPrefix(req.URL.Path, "/folder/") {
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
		return true
	}
	if !strings.Contains(req.URL.Path, "/tagging/tag-association") || !strings.HasPrefix(req.URL.Query().Get("~action"), "attach") {
		return false
	}
	if !r.rest.knows(req.Header.Get("vmware-api-session-id")) || attachable(r.Registry, req) {
		return false
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusNotFound)
	_, _ = io.WriteString(w, `{"type":"com.vmware.vapi.std.errors.not_found","value":{"messages":[]}}`)
	return true
}

// attachable says whether every object that a request wants a tag on exists.
func attachable(registry *simulator.Registry, req *http.Request) bool {
	body, err := io.ReadAll(req.Body)
	req.Body = io.NopCloser(bytes.NewReader(body))
	type object struct{ ID, Type string }
	var spec struct {
		One  *object  `json:"object_id"`
		Many []object `json:"object_ids"`
	}
	if err != nil || json.Unmarshal(body, &spec) != nil {
		return true // for the simulator to refuse
	}
	if spec.One != nil {
		spec.Many = append(spec.Many, *spec.One)
	}
	for _, o := range spec.Many {
		if registry.Get(types.ManagedObjectReference{Type: o.Type, Value: o.ID}) == nil {
			return false
		}
	}
	return true
}
