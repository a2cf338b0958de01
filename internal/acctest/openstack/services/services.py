#!/usr/bin/python3
"""Run one real OpenStack service of Debian's packages on loopback.

    services.py ROLE STATE      ROLE: keystone | glance | neutron | nova

Each role is one unprivileged process with SQLite files of its own, so that
transactions of different services never wait for each other. `nova` holds
placement, the compute API, conductor, scheduler and compute in one process,
because they share the in-memory fake:// transport instead of RabbitMQ.

Whoever starts it has written STATE/settings.json, hands over the sockets to
listen on as files 3 and up, in the order of SOCKETS, and keeps standard input
open: at its end the process ends too.
"""
import _thread
import os
import sys
import time

T0 = time.time()


def end_with_parent(read=os.read):
    while read(0, 64):
        pass
    os._exit(0)


# a thread of the system, before eventlet puts its own in their place: it also
# runs while modules are imported
_thread.start_new_thread(end_with_parent, ())

import eventlet
import eventlet.wsgi

role, STATE = sys.argv[1], os.path.abspath(sys.argv[2])
sys.argv = [role]
eventlet.monkey_patch()

import importlib.metadata
import json
import logging
import shutil
import socket

E = os.environ
HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(STATE, 'settings.json')) as f:
    SETTINGS = json.load(f)
PORT = SETTINGS['ports']      # where each service listens
PUBLIC = SETTINGS['public']   # the address in front of it, as the catalogue gives it to users
PW = SETTINGS['password']
CACHE = SETTINGS['cache']     # of empty databases; '': none
ADDR = '127.0.0.1'
SOCKETS = {'keystone': ['keystone'], 'glance': ['glance'], 'neutron': ['neutron'],
           'nova': ['nova', 'placement']}
AUTH_URL = 'http://%s:%d/v3' % (ADDR, PORT['keystone'])
D = os.path.join(STATE, role)
os.makedirs(D, exist_ok=True)

inherited = {PORT[name]: socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, 3 + i)
             for i, name in enumerate(SOCKETS[role])}


def listen(addr, *args, **kw):
    """What every service calls to listen: its port was opened before it was started."""
    return inherited[addr[1]]


eventlet.listen = listen


def say(what):
    print('%s %-9s %s (+%.1fs)' % (time.strftime('%H:%M:%S'), role, what,
                                   time.time() - T0), flush=True)


def put(name, text):
    path = os.path.join(D, name)
    with open(path, 'w') as f:
        f.write(text)
    return path


def db(name):
    return 'sqlite:///' + os.path.join(D, name + '.db')


def schema(name, build):
    """Build an empty SQLite database once; later starts copy it from the cache."""
    path = os.path.join(D, name + '.db')
    package = {'nova_api': 'nova', 'placement': 'openstack-placement'}.get(name, name)
    version = importlib.metadata.version(package)
    saved = os.path.join(CACHE, '%s-%s.db' % (name, version)) if CACHE else ''
    if saved and os.path.exists(saved):
        shutil.copyfile(saved, path)
    else:
        build()
        if saved:
            os.makedirs(CACHE, exist_ok=True)
            shutil.copyfile(path, saved + '.%d' % os.getpid())
            os.rename(saved + '.%d' % os.getpid(), saved)
    say('schema ' + name)


def ready():
    put('ready', '%.1f\n' % (time.time() - T0))
    say('ready on %s:%d' % (ADDR, PORT[role]))


def wait_for(name, limit=240):
    end = time.time() + limit
    while not os.path.exists(os.path.join(STATE, name, 'ready')):
        if time.time() > end:
            raise SystemExit('%s did not start' % name)
        time.sleep(0.1)


def serve(name, app):
    access = logging.getLogger('access.' + name)
    eventlet.wsgi.server(listen((ADDR, PORT[name])), app, log=access, log_output=True,
                         keepalive=True, debug=False)


LOGS = """
debug = false
log_file = %s/log
default_log_levels = amqp=WARN,sqlalchemy=WARN,oslo.messaging=INFO,stevedore=WARN,urllib3=WARN,keystonemiddleware=WARN,dogpile=WARN,eventlet.wsgi=INFO
""" % D
AUTH = """
auth_type = password
auth_url = %s
username = service
password = %s
project_name = service
user_domain_id = default
project_domain_id = default
region_name = RegionOne
""" % (AUTH_URL, PW)
TOKEN = """
[keystone_authtoken]
www_authenticate_uri = %s
service_token_roles_required = true
service_token_roles = service
%s
""" % (AUTH_URL, AUTH)


def keystone():
    conf = put('keystone.conf', """
[DEFAULT]
%s
[database]
connection = %s
sqlite_synchronous = false
[identity]
password_hash_rounds = 4
[token]
provider = fernet
expiration = 86400
[fernet_tokens]
key_repository = %s/fernet
[credential]
key_repository = %s/credential
[fernet_receipts]
key_repository = %s/fernet
[cache]
enabled = true
backend = dogpile.cache.memory
""" % (LOGS, db('keystone'), D, D, D))
    E['OS_KEYSTONE_CONFIG_FILES'] = conf
    import base64
    for n in 'fernet', 'credential':
        os.makedirs(os.path.join(D, n), mode=0o700, exist_ok=True)
        for k in '0', '1':
            if not os.path.exists(os.path.join(D, n, k)):
                put(n + '/' + k, base64.urlsafe_b64encode(os.urandom(32)).decode())
                os.chmod(os.path.join(D, n, k), 0o600)
    from keystone.server import wsgi
    say('imported')
    import keystone.server
    from keystone.common.sql import upgrades
    real = keystone.server.setup_backends

    def setup(**kw):
        schema('keystone', upgrades.offline_sync_database_to_version)
        return real(**kw)
    keystone.server.setup_backends = setup
    app = wsgi.initialize_public_application()
    bootstrap()
    eventlet.spawn_after(0, ready)
    serve('keystone', app)


def bootstrap():
    """What `keystone-manage bootstrap` does, plus service user and catalog."""
    from keystone.cmd import bootstrap as kb
    from keystone.common import provider_api
    kb.backends.load_backends = lambda: None    # already loaded
    b = kb.Bootstrapper()
    b.admin_username, b.admin_password = 'admin', PW
    b.project_name, b.admin_role_name = 'admin', 'admin'
    b.service_name, b.region_id = 'keystone', 'RegionOne'
    b.public_url = PUBLIC['keystone'] + '/v3'
    b.internal_url = b.admin_url = AUTH_URL
    b.bootstrap()
    P = provider_api.ProviderAPIs
    import uuid
    for kind, name, path in (('compute', 'nova', '/v2.1'),
                             ('placement', 'placement', ''),
                             ('image', 'glance', ''),
                             ('network', 'neutron', '')):
        sid = uuid.uuid4().hex
        P.catalog_api.create_service(sid, {'id': sid, 'type': kind, 'name': name, 'enabled': True})
        for iface in 'public', 'internal', 'admin':
            eid = uuid.uuid4().hex
            P.catalog_api.create_endpoint(eid, {
                'id': eid, 'service_id': sid, 'interface': iface, 'region_id': 'RegionOne',
                'url': (PUBLIC[name] if iface == 'public' else 'http://%s:%d' % (ADDR, PORT[name])) + path,
                'enabled': True})
    roles = {r['name']: r['id'] for r in P.role_api.list_roles()}
    for name in 'service',:
        rid = uuid.uuid4().hex
        P.role_api.create_role(rid, {'id': rid, 'name': name, 'domain_id': None})
        roles[name] = rid
    pid = uuid.uuid4().hex
    P.resource_api.create_project(pid, {
        'id': pid, 'name': 'service', 'domain_id': 'default', 'enabled': True,
        'description': '', 'parent_id': 'default', 'is_domain': False})
    user = P.identity_api.create_user({'name': 'service', 'password': PW,
                                       'domain_id': 'default', 'enabled': True})
    for r in 'admin', 'service':
        P.assignment_api.create_grant(roles[r], user_id=user['id'], project_id=pid)
    say('bootstrapped')


def glance():
    os.makedirs(os.path.join(D, 'images'), exist_ok=True)
    put('glance-api-paste.ini', """
[pipeline:glance-api-keystone]
pipeline = cors http_proxy_to_wsgi versionnegotiation authtoken context rootapp
[composite:rootapp]
paste.composite_factory = glance.api:root_app_factory
/: apiversions
/v2: apiv2app
[app:apiversions]
paste.app_factory = glance.api.versions:create_resource
[app:apiv2app]
paste.app_factory = glance.api.v2.router:API.factory
[filter:versionnegotiation]
paste.filter_factory = glance.api.middleware.version_negotiation:VersionNegotiationFilter.factory
[filter:context]
paste.filter_factory = glance.api.middleware.context:ContextMiddleware.factory
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
delay_auth_decision = true
[filter:cors]
paste.filter_factory = oslo_middleware.cors:filter_factory
oslo_config_project = glance
[filter:http_proxy_to_wsgi]
paste.filter_factory = oslo_middleware:HTTPProxyToWSGI.factory
""")
    conf = put('glance-api.conf', """
[DEFAULT]
%s
bind_host = %s
bind_port = %d
workers = 0
transport_url = fake://
enabled_backends = fs:file
show_multiple_locations = false
show_image_direct_url = false
enabled_import_methods = [glance-direct]
image_cache_dir = %s/cache
[paste_deploy]
flavor = keystone
config_file = %s/glance-api-paste.ini
[database]
connection = %s
sqlite_synchronous = false
[glance_store]
default_backend = fs
[fs]
filesystem_store_datadir = %s/images
[os_glance_staging_store]
filesystem_store_datadir = %s/staging
[os_glance_tasks_store]
filesystem_store_datadir = %s/tasks
[oslo_concurrency]
lock_path = %s/locks
[oslo_messaging_notifications]
driver = noop
%s
""" % (LOGS, ADDR, PORT['glance'], D, D, db('glance'), D, D, D, D, TOKEN))
    sys.argv = ['glance-api', '--config-file', conf]
    from glance.cmd import api
    from glance.common import wsgi
    say('imported')
    real = wsgi.Server.start

    def build():
        from glance.db.sqlalchemy import api as db_api
        from glance.db.sqlalchemy import models, models_metadef
        engine = db_api.get_engine()
        models.register_models(engine)
        models_metadef.register_models(engine)

    def start(self, application, default_port):
        schema('glance', build)
        real(self, application, default_port)
        ready()
    wsgi.Server.start = start
    api.main()


def neutron():
    put('api-paste.ini', """
[composite:neutron]
use = egg:Paste#urlmap
/: neutronversions_composite
/v2.0: neutronapi_v2_0
[composite:neutronapi_v2_0]
use = call:neutron.auth:pipeline_factory
keystone = http_proxy_to_wsgi request_id catch_errors authtoken keystonecontext extensions neutronapiapp_v2_0
[composite:neutronversions_composite]
use = call:neutron.auth:pipeline_factory
keystone = http_proxy_to_wsgi neutronversions
[filter:request_id]
paste.filter_factory = oslo_middleware:RequestId.factory
[filter:catch_errors]
paste.filter_factory = oslo_middleware:CatchErrors.factory
[filter:http_proxy_to_wsgi]
paste.filter_factory = oslo_middleware.http_proxy_to_wsgi:HTTPProxyToWSGI.factory
[filter:keystonecontext]
paste.filter_factory = neutron.auth:NeutronKeystoneContext.factory
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
[filter:extensions]
paste.filter_factory = neutron.api.extensions:plugin_aware_extension_middleware_factory
[app:neutronversions]
paste.app_factory = neutron.pecan_wsgi.app:versions_factory
[app:neutronapiapp_v2_0]
paste.app_factory = neutron.api.v2.router:APIRouter.factory
""")
    conf = put('neutron.conf', """
[DEFAULT]
%s
bind_host = %s
bind_port = %d
api_workers = 0
rpc_workers = 0
state_path = %s
api_paste_config = %s/api-paste.ini
transport_url = fake://
auth_strategy = keystone
core_plugin = ml2
service_plugins = router
notify_nova_on_port_status_changes = false
notify_nova_on_port_data_changes = false
dhcp_agent_notification = false
global_physnet_mtu = 1500
[database]
connection = %s
sqlite_synchronous = false
[oslo_concurrency]
lock_path = %s/locks
[oslo_messaging_notifications]
driver = noop
[ml2]
type_drivers = flat,vlan,vxlan,local
tenant_network_types = vxlan,local
mechanism_drivers = loopback
extension_drivers = port_security
[ml2_type_flat]
flat_networks = *
[ml2_type_vlan]
network_vlan_ranges = physnet1:100:199
[ml2_type_vxlan]
vni_ranges = 1:1000
%s
""" % (LOGS, ADDR, PORT['neutron'], D, D, db('neutron'), D, TOKEN))
    E['OS_NEUTRON_CONFIG_FILES'] = conf
    sys.path.insert(0, HERE)  # the mechanism driver and its entry point
    from neutron import server, service
    say('imported')
    server._init_configuration()

    def build():
        from neutron.db.migration.models import head
        from neutron_lib.db import api as db_api
        head.get_metadata().create_all(db_api.CONTEXT_WRITER.get_engine())
    schema('neutron', build)
    api = service.serve_wsgi(service.NeutronApiService)
    ready()
    api.wait()


def nova():
    paste = """
[composite:osapi_compute]
use = call:nova.api.openstack.urlmap:urlmap_factory
/: oscomputeversions
/v2.1: openstack_compute_api_v21
[composite:openstack_compute_api_v21]
use = call:nova.api.auth:pipeline_factory_v21
keystone = http_proxy_to_wsgi compute_req_id faultwrap sizelimit authtoken keystonecontext osapi_compute_app_v21
noauth2 = http_proxy_to_wsgi compute_req_id faultwrap sizelimit noauth2 osapi_compute_app_v21
[filter:noauth2]
paste.filter_factory = nova.api.openstack.auth:NoAuthMiddleware.factory
[filter:compute_req_id]
paste.filter_factory = nova.api.compute_req_id:ComputeReqIdMiddleware.factory
[filter:faultwrap]
paste.filter_factory = nova.api.openstack:FaultWrapper.factory
[filter:sizelimit]
paste.filter_factory = oslo_middleware:RequestBodySizeLimiter.factory
[filter:http_proxy_to_wsgi]
paste.filter_factory = oslo_middleware.http_proxy_to_wsgi:HTTPProxyToWSGI.factory
[app:osapi_compute_app_v21]
paste.app_factory = nova.api.openstack.compute:APIRouterV21.factory
[pipeline:oscomputeversions]
pipeline = faultwrap http_proxy_to_wsgi oscomputeversionapp
[app:oscomputeversionapp]
paste.app_factory = nova.api.openstack.compute.versions:Versions.factory
[filter:keystonecontext]
paste.filter_factory = nova.api.auth:NovaKeystoneContext.factory
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
"""
    put('policy.yaml', '{}')
    conf = put('nova.conf', """
[DEFAULT]
%s
my_ip = %s
host = loopback
state_path = %s
transport_url = fake://
compute_driver = fake.FakeDriver
enabled_apis = osapi_compute
osapi_compute_listen = %s
osapi_compute_listen_port = %d
osapi_compute_workers = 1
report_interval = 10
service_down_time = 120
sync_power_state_interval = 60
heal_instance_info_cache_interval = 0
rpc_response_timeout = 120
[database]
connection = %s
sqlite_synchronous = false
[api_database]
connection = %s
sqlite_synchronous = false
[api]
auth_strategy = keystone
[wsgi]
api_paste_config = %s/api-paste.ini
[oslo_concurrency]
lock_path = %s/locks
[oslo_messaging_notifications]
driver = noop
[notifications]
notification_format = unversioned
[conductor]
workers = 1
[scheduler]
workers = 1
[filter_scheduler]
enabled_filters = ComputeFilter,ImagePropertiesFilter
[vnc]
enabled = false
[glance]
api_servers = http://%s:%d
[placement]
%s
[neutron]
service_metadata_proxy = false
%s
[service_user]
%s
[cinder]
catalog_info = volumev3:cinder:publicURL
[oslo_policy]
policy_file = %s/policy.yaml
%s
""" % (LOGS, ADDR, D, ADDR, PORT['nova'], db('nova'), db('nova_api'), D, D,
       ADDR, PORT['glance'], AUTH, AUTH, AUTH, D, TOKEN))
    put('api-paste.ini', paste)
    pconf = put('placement.conf', """
[DEFAULT]
%s
[api]
auth_strategy = keystone
[placement_database]
connection = %s
sqlite_synchronous = false
%s
""" % (LOGS, db('placement'), TOKEN))
    sys.argv = ['nova-compute', '--config-file', conf]

    import nova.conf
    from nova import config, objects, service, rpc
    from nova import context as nova_context
    from nova.db import migration
    from nova.compute import rpcapi as compute_rpcapi
    from nova.conductor import rpcapi as conductor_rpcapi
    from nova.scheduler import rpcapi as scheduler_rpcapi
    from nova.objects import host_mapping as host_mapping_obj
    from oslo_log import log
    import os_vif
    CONF = nova.conf.CONF
    say('imported')
    config.parse_args(sys.argv)
    log.setup(CONF, 'nova')
    objects.register_all()
    os_vif.initialize()

    # placement, on its own ConfigOpts
    from oslo_config import cfg
    from placement import conf as pc, db_api as pdb, deploy, wsgi as pwsgi
    from placement.db.sqlalchemy import migration as pmig
    pcfg = cfg.ConfigOpts()
    pc.register_opts(pcfg)
    pwsgi._parse_args(pcfg, ['x'], default_config_files=[pconf])
    pdb.configure(pcfg)
    schema('placement', pmig.create_schema)
    papp = deploy.loadapp(pcfg)
    eventlet.spawn(serve, 'placement', papp)
    say('placement ready')

    schema('nova_api', lambda: migration.db_sync(database='api'))
    schema('nova', lambda: migration.db_sync(database='main'))
    shutil.copyfile(os.path.join(D, 'nova.db'), os.path.join(D, 'nova_cell0.db'))
    ctx = nova_context.get_admin_context()
    for uuid, name, url, conn in (
            (objects.CellMapping.CELL0_UUID, 'cell0', 'none:///', db('nova_cell0')),
            ('c0ffee00-0000-4000-8000-000000000001', 'cell1', 'fake://', db('nova'))):
        objects.CellMapping(ctx, uuid=uuid, name=name, transport_url=url,
                            database_connection=conn).create()
    wait_for('keystone')
    from oslo_service import service as osvc
    launcher = osvc.ServiceLauncher(CONF, restart_method='mutate')
    for binary, topic in (('nova-conductor', conductor_rpcapi.RPC_TOPIC),
                          ('nova-scheduler', scheduler_rpcapi.RPC_TOPIC)):
        launcher.launch_service(service.Service.create(binary=binary, topic=topic))
        say(binary)
    wait_for('glance')
    wait_for('neutron')
    launcher.launch_service(service.Service.create(
        binary='nova-compute', topic=compute_rpcapi.RPC_TOPIC))
    say('nova-compute')
    for _ in range(50):
        host_mapping_obj.discover_hosts(ctx)
        if len(objects.HostMappingList.get_by_cell_id(ctx, None)):
            break
        time.sleep(0.2)
    launcher.launch_service(service.WSGIService('osapi_compute'))
    ready()
    launcher.wait()


try:
    {'keystone': keystone, 'glance': glance, 'neutron': neutron, 'nova': nova}[role]()
except Exception:
    import traceback
    traceback.print_exc()
    os._exit(1)
