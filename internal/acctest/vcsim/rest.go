package vcsim

import (
	"net/http"
	"strings"
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
	return r.rest.RefuseTag(r.Registry, w, req) || r.rest.Update(w, req)
}
