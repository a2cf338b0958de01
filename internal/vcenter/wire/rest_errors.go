// SPDX-License-Identifier: MPL-2.0

package wire

import (
	"net/http"
	"strings"

	"github.com/vmware/govmomi/vapi/rest"
)

// AlreadyExists reports whether the REST API refused to make an object that exists, which it tells in the body of a 400 answer.
func AlreadyExists(err error) bool {
	return err != nil && strings.Contains(err.Error(), "already_exists")
}

// RESTNotFound reports whether the REST API knows no such object, by the status or the body of its answer.
func RESTNotFound(err error) bool {
	return err != nil && (rest.IsStatusError(err, http.StatusNotFound) || strings.Contains(err.Error(), "not_found"))
}
