// SPDX-License-Identifier: MPL-2.0

package accounts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/automation"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
)

// AuthorizeREST checks what is not SOAP to the vCenter itself: tags, content libraries, storage policies and files.
func (a *Accounts) AuthorizeREST(w http.ResponseWriter, req *http.Request) (refused bool) {
	user := a.userOfREST(req)
	if user == nil {
		return false
	}
	var lacks missing
	objects := namedObjects(req)
	a.check(user, privileges.Ask{Call: automation.CallName(req)}, &lacks, func(n privileges.Need) []types.ManagedObjectReference {
		return a.objectsOfREST(n, req, objects)
	})
	if lacks.first == nil {
		return false
	}
	if strings.HasPrefix(req.URL.Path, "/folder/") { // as if it had no session
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
		return true
	}
	if endpoints[req.URL.Path] {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = fmt.Fprintf(w, endpointRefusal, lacks.of[*lacks.first][0])
		return true
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	_, _ = io.WriteString(w, `{"type":"com.vmware.vapi.std.errors.unauthorized","value":{"messages":[{"args":[],`+
		`"default_message":"Unable to authorize user","id":"vapi.security.authorization.invalid"}]}}`)
	return true
}

// endpoints are SOAP services beside the vCenter's own, for storage policies and first class disks: the session is named in the envelope.
var endpoints = map[string]bool{"/pbm": true, "/vslm/sdk": true}

// endpointRefusal is how these services refuse, but for the privilege.
const endpointRefusal = `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
	`<soapenv:Body>
<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>Permission to perform this operation was denied.</faultstring><detail>` +
	`<NoPermissionFault xmlns="urn:vim25" xsi:type="NoPermission"><object type="Folder">group-d1</object>` +
	`<privilegeId>%s</privilegeId></NoPermissionFault></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>`

var endpointSession = regexp.MustCompile(`vcSessionCookie[^>]*>([^<]+)<`)

// userOfREST is the user of a request; nil for the first one.
func (a *Accounts) userOfREST(req *http.Request) *account {
	if endpoints[req.URL.Path] {
		if m := endpointSession.FindSubmatch(readBody(req)); m != nil {
			return a.userBySessionKey(string(m[1]))
		}
		return nil
	}
	if cookie, err := req.Cookie(soap.SessionCookieName); err == nil && strings.HasPrefix(req.URL.Path, "/folder/") {
		return a.userBySessionKey(cookie.Value)
	}
	if user, ok := a.rest.UserOf(req.Header.Get("vmware-api-session-id")); ok {
		return a.userNamed(user)
	}
	return nil
}

// readBody reads a request's body and leaves it there.
func readBody(req *http.Request) []byte {
	body, _ := io.ReadAll(req.Body)
	req.Body = io.NopCloser(bytes.NewReader(body))
	return body
}

// objectsOfREST are the objects that a need is checked on.
func (a *Accounts) objectsOfREST(n privileges.Need, req *http.Request,
	objects []types.ManagedObjectReference) (out []types.ManagedObjectReference) {
	if name := req.URL.Query().Get("dsName"); name != "" {
		if store := base.FindByName(a.Registry, "Datastore", name); store != nil {
			return []types.ManagedObjectReference{*store}
		}
	}
	for _, o := range objects {
		if a.Registry.Get(o) != nil && slices.Contains(givenTypes[n.On], o.Type) {
			out = append(out, o)
		}
	}
	return out
}

// namedObjects are the objects that a request's body names, wherever: {"type": ..., "id": ...}, or by the fields of a deployment's target.
func namedObjects(req *http.Request) (out []types.ManagedObjectReference) {
	if req.Body == nil || req.Method == http.MethodPut {
		return nil
	}
	var body any
	if json.Unmarshal(readBody(req), &body) != nil {
		return nil
	}
	eachNamed(body, func(kind, id string) { out = append(out, types.ManagedObjectReference{Type: kind, Value: id}) })
	return out
}

// named fields of deployments.
var namedFields = map[string]string{"resource_pool_id": "ResourcePool", "resource_pool": "ResourcePool", "folder_id": "Folder",
	"folder": "Folder", "default_datastore_id": "Datastore", "datastore": "Datastore", "host_id": "HostSystem", "host": "HostSystem"}

func eachNamed(v any, visit func(kind, id string)) {
	switch value := v.(type) {
	case []any:
		for _, one := range value {
			eachNamed(one, visit)
		}
	case map[string]any:
		kind, typed := value["type"].(string)
		id, known := value["id"].(string)
		if typed && known {
			visit(kind, id)
		}
		for field, one := range value {
			if id, text := one.(string); text && namedFields[field] != "" {
				visit(namedFields[field], id)
			}
			eachNamed(one, visit)
		}
	}
}
