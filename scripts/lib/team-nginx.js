// The balancer of `npm run team`: as docs/replicas.md has it, on one port of this machine.

/** The configuration of nginx. `port` is its own, `ports` are those of the replicas, `folder` is for its files. */
export function nginxConfig({ folder, port, ports }) {
  const servers = ports.map((each) => `server 127.0.0.1:${each} max_fails=1 fail_timeout=2s;`).join(' ');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  return `daemon off;
pid ${folder}/nginx.pid;
error_log stderr crit;
worker_processes 1;
events {}
http {
  access_log off;
  ${temporary.join(' ')}
  upstream any { ${servers} }
  upstream by_session { hash $http_mcp_session_id consistent; ${servers} }
  map $http_mcp_session_id $replicas { "" any; default by_session; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://$replicas;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 1h;
      client_max_body_size 1m;
    }
  }
}
`;
}
