// SPDX-License-Identifier: MPL-2.0

package openstack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Login is a user of the cloud and a project, both in the domain Default.
type Login struct {
	AuthURL  string
	User     string
	Password string
	Project  string
	Region   string

	cloud *Cloud
	token *token
}

// token is fetched on first use.
type token struct {
	mu   sync.Mutex
	text string
}

// Block returns the provider's block openstack for this user.
func (l Login) Block() string {
	return fmt.Sprintf("openstack {\n  auth_url = %q\n  user_name = %q\n  password = %q\n  tenant_name = %q\n  region = %q\n}\n", l.AuthURL,
		l.User, l.Password, l.Project, l.Region)
}

// Env returns the environment variables that OpenStack's clients read, and that the provider reads if its block is empty.
func (l Login) Env() map[string]string {
	return map[string]string{"OS_AUTH_URL": l.AuthURL, "OS_USERNAME": l.User, "OS_PASSWORD": l.Password, "OS_PROJECT_NAME": l.Project,
		"OS_REGION_NAME": l.Region, "OS_USER_DOMAIN_NAME": "Default", "OS_PROJECT_DOMAIN_NAME": "Default"}
}

// CloudsYAML returns a clouds.yaml with this user's cloud under a name.
func (l Login) CloudsYAML(name string) string {
	return fmt.Sprintf("clouds:\n  %s:\n    auth:\n      auth_url: %s\n      username: %s\n      password: %s\n      project_name: %s\n    "+
		"  user_domain_name: Default\n      project_domain_name: Default\n    region_name: %s\n",
		name, l.AuthURL, l.User, l.Password, l.Project, l.Region)
}

// Member makes a user with a project of its own and the roles member and reader.
func (c *Cloud) Member(t testing.TB) Login {
	t.Helper()
	name, password := "user-"+random(), random()
	var project struct{ Project struct{ ID string } }
	c.Admin.Call(t, "keystone", "POST", "/v3/projects", map[string]any{"project": map[string]any{"name": name, "domain_id": "default"}},
		&project)
	var user struct{ User struct{ ID string } }
	c.Admin.Call(t, "keystone", "POST", "/v3/users", map[string]any{"user": map[string]any{"name": name, "password": password,
		"domain_id": "default"}}, &user)
	var roles struct{ Roles []struct{ ID, Name string } }
	c.Admin.Call(t, "keystone", "GET", "/v3/roles", nil, &roles)
	for _, role := range roles.Roles {
		if role.Name == "member" || role.Name == "reader" {
			c.Admin.Call(t, "keystone", "PUT", fmt.Sprintf("/v3/projects/%s/users/%s/roles/%s", project.Project.ID, user.User.ID, role.ID), nil, nil)
		}
	}
	return Login{AuthURL: c.Admin.AuthURL, User: name, Password: password, Project: name, Region: Region, cloud: c, token: new(token)}
}

// Token returns a token of the user.
func (l Login) Token(t testing.TB) string {
	t.Helper()
	l.token.mu.Lock()
	defer l.token.mu.Unlock()
	if l.token.text != "" {
		return l.token.text
	}
	domain := map[string]any{"id": "default"}
	body := map[string]any{"auth": map[string]any{
		"identity": map[string]any{"methods": []string{"password"}, "password": map[string]any{"user": map[string]any{"name": l.User,
			"password": l.Password, "domain": domain}}},
		"scope": map[string]any{"project": map[string]any{"name": l.Project, "domain": domain}},
	}}
	header := l.send(t, "", "keystone", "POST", "/v3/auth/tokens", nil, body, nil)
	l.token.text = header.Get("X-Subject-Token")
	return l.token.text
}

// Revoke revokes a token.
func (c *Cloud) Revoke(t testing.TB, text string) {
	t.Helper()
	c.Admin.send(t, c.Admin.Token(t), "keystone", "DELETE", "/v3/auth/tokens", map[string]string{"X-Subject-Token": text}, nil, nil)
}

// Call sends a request to a service as this user, bypassing the front. Any status below 300 is success. The answer is decoded into into,
// which may be nil.
func (l Login) Call(t testing.TB, service, method, path string, body, into any) {
	t.Helper()
	l.send(t, l.Token(t), service, method, path, nil, body, into)
}

func (l Login) send(t testing.TB, token, service, method, path string, header map[string]string, body, into any) http.Header {
	t.Helper()
	raw, kind := []byte(nil), "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		raw, kind = b, "application/octet-stream"
	default:
		raw, _ = json.Marshal(b) // maps of plain values
	}
	req, err := http.NewRequestWithContext(t.Context(), method, l.cloud.direct[service]+path, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true // the services send a body with 204, which would be read as the next answer
	req.Header.Set("Content-Type", kind)
	req.Header.Set("X-Auth-Token", token)
	if service == "nova" {
		req.Header.Set("OpenStack-API-Version", "compute 2.79")
	}
	for key, value := range header {
		req.Header.Set(key, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%s %s of %s: %s", method, path, service, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		t.Fatalf("%s %s of %s: %s: %s %v", method, path, service, res.Status, answer, err)
	}
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			t.Fatalf("%s %s of %s: %s", method, path, service, err)
		}
	}
	return res.Header
}

// created holds the id in an answer that has a single key.
type created map[string]struct {
	ID string `json:"id"`
}

func (c created) id() string {
	for _, one := range c {
		return one.ID
	}
	return ""
}

// Flavor makes a flavor, for example of {"vcpus": 2, "ram": 2048, "disk": 10}, and returns its id. It is deleted when the test ends.
func (l Login) Flavor(t testing.TB, name string, values map[string]any, extra map[string]string) string {
	t.Helper()
	values = with(values, "name", name)
	var answer created
	l.Call(t, "nova", "POST", "/v2.1/flavors", map[string]any{"flavor": values}, &answer)
	id := answer.id()
	l.cleanup(t, "nova", "/v2.1/flavors/"+id)
	if len(extra) > 0 {
		l.Call(t, "nova", "POST", "/v2.1/flavors/"+id+"/os-extra_specs", map[string]any{"extra_specs": extra}, nil)
	}
	return id
}

// Image makes an active image of a few bytes, public if the user may, and returns its id. It is deleted when the test ends.
func (l Login) Image(t testing.TB, name string, values map[string]any) string {
	t.Helper()
	for key, value := range map[string]string{"disk_format": "raw", "container_format": "bare"} {
		if values[key] == nil {
			values = with(values, key, value)
		}
	}
	var answer struct{ ID string }
	l.Call(t, "glance", "POST", "/v2/images", with(values, "name", name), &answer)
	l.cleanup(t, "glance", "/v2/images/"+answer.ID)
	l.Call(t, "glance", "PUT", "/v2/images/"+answer.ID+"/file", []byte(strings.Repeat(name, 100)), nil)
	return answer.ID
}

// KeyPair imports a public key. It is deleted when the test ends.
func (l Login) KeyPair(t testing.TB, name, public string) {
	t.Helper()
	l.Call(t, "nova", "POST", "/v2.1/os-keypairs", map[string]any{"keypair": map[string]any{"name": name, "public_key": public,
		"type": "ssh"}}, nil)
	l.cleanup(t, "nova", "/v2.1/os-keypairs/"+name)
}

// Network makes a network with one subnet, and returns its id. It is deleted when the test ends.
func (l Login) Network(t testing.TB, name, cidr string, values map[string]any) string {
	t.Helper()
	var answer created
	l.Call(t, "neutron", "POST", "/v2.0/networks", map[string]any{"network": with(values, "name", name)}, &answer)
	l.cleanup(t, "neutron", "/v2.0/networks/"+answer.id())
	l.Call(t, "neutron", "POST", "/v2.0/subnets", map[string]any{"subnet": map[string]any{"network_id": answer.id(), "ip_version": 4,
		"cidr": cidr, "enable_dhcp": false}}, nil)
	return answer.id()
}

// Server makes a server, for example of {"flavorRef": ..., "imageRef": ..., "networks": ...}, waits until it is active, and returns its
// id. It is deleted when the test ends.
func (l Login) Server(t testing.TB, name string, values map[string]any) string {
	t.Helper()
	var answer created
	l.Call(t, "nova", "POST", "/v2.1/servers", map[string]any{"server": with(values, "name", name)}, &answer)
	id := answer.id()
	l.state(t, id)
	t.Cleanup(func() {
		l.try(http.MethodDelete, "nova", "/v2.1/servers/"+id)
		for end := time.Now().Add(time.Minute); l.try(http.MethodGet, "nova", "/v2.1/servers/"+id) == http.StatusOK && time.Now().Before(end); {
			time.Sleep(200 * time.Millisecond)
		}
	})
	return id
}

// state waits until a server is active.
func (l Login) state(t testing.TB, id string) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		var answer struct {
			Server struct {
				Status string
				Fault  struct{ Message string }
			}
		}
		l.Call(t, "nova", "GET", "/v2.1/servers/"+id, nil, &answer)
		switch status := answer.Server.Status; {
		case status == "ACTIVE":
			return
		case status == "ERROR", time.Now().After(end):
			t.Fatalf("the server is %s: %s", status, answer.Server.Fault.Message)
		}
	}
}

// cleanup deletes an object when the test ends.
func (l Login) cleanup(t testing.TB, service, path string) {
	t.Cleanup(func() { l.try(http.MethodDelete, service, path) })
}

// try sends a request whose failure does not matter, and returns the status; 0 without an answer.
func (l Login) try(method, service, path string) int {
	req, err := http.NewRequest(method, l.cloud.direct[service]+path, nil)
	if err != nil {
		return 0
	}
	req.Header.Set("X-Auth-Token", l.token.text)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// with returns a copy of values with one more.
func with(values map[string]any, key string, value any) map[string]any {
	out := map[string]any{key: value}
	for k, v := range values {
		out[k] = v
	}
	return out
}

// Credential makes an application credential of this user, and returns its id and secret.
func (l Login) Credential(t testing.TB) (id, secret string) {
	t.Helper()
	var who struct {
		Token struct{ User struct{ ID string } }
	}
	header := map[string]string{"X-Subject-Token": l.Token(t)}
	l.send(t, l.Token(t), "keystone", "GET", "/v3/auth/tokens", header, nil, &who)
	secret = random()
	var answer created
	l.Call(t, "keystone", "POST", "/v3/users/"+who.Token.User.ID+"/application_credentials",
		map[string]any{"application_credential": map[string]any{"name": "test", "secret": secret}}, &answer)
	return answer.id(), secret
}

// Lock sets a random password for a user, which revokes the user's tokens.
func (c *Cloud) Lock(t testing.TB, l Login) {
	t.Helper()
	var users struct{ Users []struct{ ID string } }
	c.Admin.Call(t, "keystone", "GET", "/v3/users?name="+l.User, nil, &users)
	c.Admin.Call(t, "keystone", "PATCH", "/v3/users/"+users.Users[0].ID, map[string]any{"user": map[string]any{"password": random()}}, nil)
}

// Endpoint adds an endpoint to the catalogue, in a region of its own, until the test ends.
func (c *Cloud) Endpoint(t testing.TB, kind, region, address string) {
	t.Helper()
	var services struct{ Services []struct{ ID string } }
	c.Admin.Call(t, "keystone", "GET", "/v3/services?type="+kind, nil, &services)
	c.Admin.Call(t, "keystone", "POST", "/v3/regions", map[string]any{"region": map[string]any{"id": region}}, nil)
	var answer created
	c.Admin.Call(t, "keystone", "POST", "/v3/endpoints", map[string]any{"endpoint": map[string]any{"service_id": services.Services[0].ID,
		"interface": "public", "region_id": region, "url": address}}, &answer)
	t.Cleanup(func() {
		c.Admin.try(http.MethodDelete, "keystone", "/v3/endpoints/"+answer.id())
		c.Admin.try(http.MethodDelete, "keystone", "/v3/regions/"+region)
	})
}

// Address returns the address at which users reach a service.
func (c *Cloud) Address(service string) string { return c.fronts[service].url }
