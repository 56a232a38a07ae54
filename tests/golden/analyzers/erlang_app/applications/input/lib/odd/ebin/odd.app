{application,odd,[{vsn,"1"},{licenses,"MIT"}]}.
