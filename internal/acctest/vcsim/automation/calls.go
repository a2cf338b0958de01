// SPDX-License-Identifier: MPL-2.0

package automation

import (
	"net/http"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
)

// CallName is the verb and the path of a request without what changes from object to object.
func CallName(r *http.Request) string {
	query := r.URL.Query()
	name := privileges.RESTCall(r.Method, r.URL.Path, query.Get("~action"))
	if action := query.Get("action"); action != "" {
		name += "?action=" + action
	}
	return name
}
