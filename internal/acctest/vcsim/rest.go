// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"context"
	"net/http"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/uploads"
)

// beforeREST runs before every REST request. Tags leave an object with it: the simulator keeps them. It is done here
// and not when the object goes because the library simulator removes machines while it holds the lock this needs.
func (r *rules) beforeREST(w http.ResponseWriter, req *http.Request) (done bool) {
	r.rest.DetachRemoved()
	if r.accounts.AuthorizeREST(w, req) {
		return true
	}
	if r.accounts.NoFiles.Load() && req.Method == http.MethodPut && strings.HasPrefix(req.URL.Path, "/folder/") {
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
		return true
	}
	return r.rest.RefuseTag(r.Registry, w, req) || r.rest.Update(w, req) || r.rest.Deploy(w, req, r.restore)
}

// restore gives a machine that was deployed from a library what the library was sent.
func (r *rules) restore(vm types.ManagedObjectReference, streams []string) {
	uploads.Restore(&simulator.Context{Context: context.Background(), Map: r.Registry}, vm, streams)
}
