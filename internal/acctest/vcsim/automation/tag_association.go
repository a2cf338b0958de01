// SPDX-License-Identifier: MPL-2.0

package automation

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// RefuseTag answers a request that puts a tag on an object which does not exist; done is false for all others.
func (s *Service) RefuseTag(registry *simulator.Registry, w http.ResponseWriter, req *http.Request) (done bool) {
	if !strings.Contains(req.URL.Path, "/tagging/tag-association") || !strings.HasPrefix(req.URL.Query().Get("~action"), "attach") {
		return false
	}
	if !s.knows(req.Header.Get("vmware-api-session-id")) || attachable(registry, req) {
		return false
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusNotFound)
	_, _ = io.WriteString(w, `{"type":"com.vmware.vapi.std.errors.not_found","value":{"messages":[]}}`)
	return true
}

// attachable reports whether every object that a request wants a tag on exists.
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
