{{/* A key of TOML, in quotes unless it has only letters, digits, "_" and "-". */}}
{{- define "elsewhere.tomlKey" -}}
{{- regexMatch "^[A-Za-z0-9_-]+$" . | ternary . (toRawJson .) -}}
{{- end -}}

{{/* A section of TOML, with the sections below it. JSON's texts, numbers, truth values and lists of
     these have the same form in TOML. Takes the section's path and its values. */}}
{{- define "elsewhere.toml" -}}
{{- $path := .path -}}
{{- if $path }}
[{{ $path }}]
{{ end -}}
{{- range $key, $value := .values -}}
{{- if not (kindIs "map" $value) -}}
{{ include "elsewhere.tomlKey" $key }} = {{ toRawJson $value }}
{{ end -}}
{{- end -}}
{{- range $key, $value := .values -}}
{{- if kindIs "map" $value -}}
{{- $key = include "elsewhere.tomlKey" $key }}
{{ include "elsewhere.toml" (dict "path" (empty $path | ternary $key (printf "%s.%s" $path $key)) "values" $value) }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The settings that the chart's values decide. The environment takes precedence over the file, and
     over the environment of the image. */}}
{{- define "elsewhere.env" -}}
- name: ELSEWHERE_SERVER__LISTEN
  value: ":4433"
- name: ELSEWHERE_SERVER__SHUTDOWN_DELAY
  value: {{ empty .Values.shutdownDelaySeconds | ternary "" (printf "%ds" (int .Values.shutdownDelaySeconds)) | quote }}
- name: ELSEWHERE_ADMIN__LISTEN
  value: {{ .Values.admin.enabled | ternary ":4434" "127.0.0.1:4434" | quote }}
- name: ELSEWHERE_DATABASE__SCHEMA
  value: {{ .Values.database.schema }}
- name: ELSEWHERE_DATABASE__START_TIMEOUT
  value: {{ printf "%ds" (int .Values.database.startTimeoutSeconds) }}
- name: ELSEWHERE_DATABASE__URL
{{- if eq .Values.database.type "sqlite" }}
  value: sqlite:///data/elsewhere.sqlite
# SQLite sorts in files there, as for a new index. The root file system is read-only.
- name: SQLITE_TMPDIR
  value: /data
{{- else }}
  valueFrom:
    secretKeyRef:
      name: {{ .Values.secrets.databaseUrl.existingSecret }}
      key: {{ .Values.secrets.databaseUrl.key }}
{{- end }}
{{- with .Values.secrets.cookieSecrets.existingSecret }}
- name: ELSEWHERE_SESSION__COOKIE_SECRETS_FILE
  value: /run/secrets/elsewhere/cookie-secrets
{{- end }}
{{- with .Values.secrets.adminTokens.existingSecret }}
- name: ELSEWHERE_ADMIN__TOKENS_FILE
  value: /run/secrets/elsewhere/admin-tokens
{{- end }}
{{- with .Values.secrets.pseudonymKey.existingSecret }}
- name: ELSEWHERE_AUDIT__PSEUDONYM_KEY_FILE
  value: /run/secrets/elsewhere/pseudonym-key
{{- end }}
{{- if .Values.tls.public.existingSecret }}
- name: ELSEWHERE_SERVER__TLS__CERTIFICATE
  value: /run/tls/public/tls.crt
- name: ELSEWHERE_SERVER__TLS__KEY
  value: /run/tls/public/tls.key
{{- end }}
{{- if .Values.tls.admin.existingSecret }}
- name: ELSEWHERE_ADMIN__TLS__CERTIFICATE
  value: /run/tls/admin/tls.crt
- name: ELSEWHERE_ADMIN__TLS__KEY
  value: /run/tls/admin/tls.key
{{- if .Values.tls.admin.clientCa }}
- name: ELSEWHERE_ADMIN__TLS__CLIENT_CA
  value: /run/tls/admin/ca.crt
{{- end }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
